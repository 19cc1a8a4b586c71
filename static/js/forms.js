// Forms: fields that appear with a choice, a guard for what was typed, focus on
// the first wrong field, filters that apply at once, one submit a click.

// data-show-when="auth_method=basic" or "auth_method=basic,bearer": shown while the
// field of that name in the same form has one of these values. What is hidden is
// disabled, so that it is neither sent nor required.
function valueOf(form, name) {
  const field = form.elements.namedItem(name);
  if (!field) return "";
  if (field.type === "checkbox") return field.checked ? "on" : "";
  return field.value;
}

function showFields(form) {
  for (const part of form.querySelectorAll("[data-show-when]")) {
    const [name, values] = part.dataset.showWhen.split("=");
    const shown = values.split(",").includes(valueOf(form, name));
    part.hidden = !shown;
    for (const field of part.querySelectorAll("input, select, textarea")) {
      field.disabled = !shown;
    }
  }
}

// data-guard: leaving an edited form asks.
const edited = new Set();

function snapshot(form) {
  return new URLSearchParams(new FormData(form)).toString();
}

function watch(form) {
  if (form.dataset.watched) return;
  form.dataset.watched = "yes";
  const before = form.querySelector("[data-form-errors]") ? null : snapshot(form);
  const compare = () => {
    if (snapshot(form) === before) edited.delete(form);
    else edited.add(form);
  };
  form.addEventListener("input", compare);
  form.addEventListener("change", compare);
  form.addEventListener("submit", (event) => {
    if (!event.submitter?.hasAttribute("hx-post")) edited.delete(form);
  });
  if (before === null) edited.add(form);
}

addEventListener("beforeunload", (event) => {
  for (const form of edited) {
    if (!form.isConnected) edited.delete(form);
  }
  if (edited.size) event.preventDefault();
});

function focusFirstError(scope) {
  if (!scope.querySelector("[data-form-errors], .field.has-error")) return;
  const field = scope.querySelector(
    ".field.has-error :is(input, select, textarea):not([type=hidden])",
  );
  if (field && !field.disabled) {
    field.closest("details:not([open])")?.setAttribute("open", "");
    field.focus();
  } else {
    const summary = scope.querySelector("[data-form-errors]");
    summary?.setAttribute("tabindex", "-1");
    summary?.focus();
  }
}

function setUp(scope) {
  for (const form of document.querySelectorAll("form")) {
    if (form.querySelector("[data-show-when]")) showFields(form);
    if (form.matches("[data-guard]")) watch(form);
  }
  focusFirstError(scope);
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form) return;
  if (form.querySelector("[data-show-when]")) showFields(form);
  const isChoice = event.target.matches(
    "select, [type=checkbox], [type=radio], [type=date]",
  );
  if (isChoice && form.matches("[data-autosubmit]")) form.requestSubmit();
});

// A filter that is not set does not belong into the address.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.method === "get") {
    const empty = [...form.elements].filter(
      (field) => field.name && !field.disabled && field.value === "",
    );
    for (const field of empty) field.disabled = true;
    setTimeout(() => {
      for (const field of empty) field.disabled = false;
    });
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (!event.submitter?.hasAttribute("hx-post") && !form.hasAttribute("hx-post")) {
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  }
});

// Coming back with the browser's button: the form may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// data-reveal="#id": shows and hides what is typed into a password field.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (!button) return;
  const field = document.querySelector(button.dataset.reveal);
  if (!field) return;
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
});

// data-generate="#id": fills a field with a new secret (whsec_ and 24 random bytes)
// and shows it, since it is not shown again once it is saved.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-generate]");
  const field = button && document.querySelector(button.dataset.generate);
  if (!field) return;
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  field.type = "text";
  field.value = `whsec_${btoa(String.fromCharCode(...bytes))}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  field.select();
});

// data-taken="#id" in an answer: the form was taken as it stands, so the marks of an
// earlier mistake go.
function clearErrors(scope) {
  const taken = scope.querySelector("[data-taken]");
  const form = taken && document.querySelector(taken.dataset.taken);
  if (!form) return;
  for (const note of form.querySelectorAll("[data-form-errors], .field-errors")) {
    note.remove();
  }
  for (const field of form.querySelectorAll(".has-error")) {
    field.classList.remove("has-error");
    field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  }
}

setUp(document);
document.addEventListener("htmx:afterSettle", (event) => {
  clearErrors(event.target);
  setUp(event.target);
});

// A box that ticks all of a name, and shows when only some are.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.tickAll ?? event.target.name;
  const all = name && document.querySelector(`[data-tick-all="${CSS.escape(name)}"]`);
  if (!all) return;
  const boxes = [...document.getElementsByName(name)];
  if (event.target === all) for (const box of boxes) box.checked = all.checked;
  const count = boxes.filter((box) => box.checked).length;
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && !all.checked;
});
