// A result counts for the form as it was sent. data-taken="#id" names the form; once
// it is changed, the part of the result marked data-outdated says so.
const changes = new WeakMap();
const sent = new WeakMap();

function markOutdated(form) {
  for (const result of document.querySelectorAll("[data-taken]")) {
    if (!form.matches(result.dataset.taken)) continue;
    const note = result.querySelector("[data-outdated]");
    if (note) note.hidden = false;
    result.classList.add("is-outdated");
  }
}

function onChange(event) {
  const form = event.target.form;
  if (!form) return;
  changes.set(form, (changes.get(form) ?? 0) + 1);
  markOutdated(form);
}

document.addEventListener("input", onChange);
document.addEventListener("change", onChange);

// What is typed while the answer is awaited makes it outdated as it comes in.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.form;
  if (form) sent.set(form, changes.get(form) ?? 0);
});

document.addEventListener("htmx:afterSettle", (event) => {
  for (const result of event.target.querySelectorAll("[data-taken]")) {
    const form = document.querySelector(result.dataset.taken);
    if (form && (changes.get(form) ?? 0) !== (sent.get(form) ?? 0)) markOutdated(form);
  }
});
