// Finds rows of a long form by a text, in tables that may lie folded.
// <div data-row-filter><input data-filter-text hidden> … <tr data-filter-row="its words">
function matches(row, wanted) {
  return row.dataset.filterRow.toLowerCase().includes(wanted);
}

function filterRows(box, wanted) {
  let count = 0;
  for (const row of box.querySelectorAll("[data-filter-row]")) {
    row.hidden = !matches(row, wanted);
    if (!row.hidden) count += 1;
  }
  for (const part of box.querySelectorAll("[data-filter-part]")) {
    part.hidden = !part.querySelector("[data-filter-row]:not([hidden])");
    part.dataset.wasOpen ??= part.open ? "yes" : "";
    part.open = wanted ? true : part.dataset.wasOpen === "yes";
    if (!wanted) delete part.dataset.wasOpen;
  }
  const none = box.querySelector("[data-filter-none]");
  if (none) none.hidden = count > 0;
}

document.addEventListener("input", (event) => {
  const text = event.target.closest("[data-filter-text]");
  if (!text) return;
  filterRows(text.closest("[data-row-filter]"), text.value.trim().toLowerCase());
});

// Enter looks for something; it does not send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.closest("[data-filter-text]")) {
    event.preventDefault();
  }
});

// Without scripts there is nothing to type into.
for (const text of document.querySelectorAll("[data-filter-text]")) text.hidden = false;
