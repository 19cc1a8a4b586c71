// Options of one type of event are shown while a rule takes that type, or a group with it.
// What is hidden is disabled, so that it is not sent. The usual value is filled in when
// its type is chosen and nothing was typed.
function withGroups(types) {
  return [...types, ...types.map((type) => `${type.split(".")[0]}.*`), "*"];
}

function draw(form) {
  const area = form.elements.namedItem("event_types");
  if (!area) return;
  const chosen = area.value.split(/[\s,]+/).filter(Boolean);
  for (const part of form.querySelectorAll("[data-for-events]")) {
    const types = part.dataset.forEvents.split(" ");
    const shown = withGroups(types).some((type) => chosen.includes(type));
    const fields = [...part.querySelectorAll("input")];
    const wasHidden = part.hidden;
    part.hidden = !shown;
    if (form.dataset.readonly !== undefined) continue;
    for (const field of fields) field.disabled = !shown;
    const [type, value] = (part.dataset.usual ?? "").split("=");
    const [field] = fields;
    if (wasHidden && value && chosen.includes(type) && field.value === "") {
      field.value = value;
    }
  }
}

function drawAll() {
  for (const form of document.querySelectorAll("form:has([data-for-events])")) draw(form);
}

drawAll();
document.addEventListener("input", (event) => {
  if (event.target.name === "event_types") draw(event.target.form);
});
