// Turns a textarea with one pattern a line into chips and a list to search.
const PATTERN = /^(\*|[a-z][a-z0-9_]*\.(\*|[a-z0-9_]+))$/;

function setUp(picker) {
  if (picker.dataset.ready) return;
  picker.dataset.ready = "yes";
  const area = picker.querySelector("textarea");
  const panel = picker.querySelector("[data-picker]");
  if (!area || !panel) return;
  const chips = panel.querySelector("[data-picker-chips]");
  const search = panel.querySelector("[data-picker-search]");
  const none = panel.querySelector("[data-picker-none]");
  const options = [...panel.querySelectorAll("[data-pattern]")];
  const removeIcon = picker.querySelector("[data-picker-remove-icon]");

  const chosen = () => area.value.split(/[\s,]+/).filter(Boolean);

  function drawChip(pattern) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip";
    button.dataset.remove = pattern;
    button.setAttribute("aria-label", `Remove ${pattern}`);
    button.append(pattern, removeIcon.content.cloneNode(true));
    item.append(button);
    return item;
  }

  function draw() {
    const patterns = chosen();
    chips.replaceChildren(...patterns.map(drawChip));
    for (const option of options) {
      const isOn = patterns.includes(option.dataset.pattern);
      option.setAttribute("aria-pressed", String(isOn));
    }
  }

  function write(patterns) {
    area.value = [...new Set(patterns)].join("\n");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
  }

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let count = 0;
    for (const option of options) {
      const shown = option.textContent.toLowerCase().includes(wanted);
      option.parentElement.hidden = !shown;
      if (shown) count += 1;
    }
    none.hidden = count > 0;
    search.setCustomValidity("");
  }

  panel.addEventListener("click", (event) => {
    const option = event.target.closest("[data-pattern]");
    const remove = event.target.closest("[data-remove]");
    const patterns = chosen();
    if (option) {
      const pattern = option.dataset.pattern;
      if (patterns.includes(pattern)) write(patterns.filter((one) => one !== pattern));
      else write([...patterns, pattern]);
    } else if (remove) {
      write(patterns.filter((one) => one !== remove.dataset.remove));
      search.focus();
    }
  });
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const typed = search.value.trim().toLowerCase();
    if (!typed) return;
    const shown = options.filter((option) => !option.parentElement.hidden);
    const only = shown.length === 1 ? shown[0].dataset.pattern : null;
    const pattern = PATTERN.test(typed) ? typed : only;
    if (!pattern) {
      search.setCustomValidity("A pattern looks like incident.opened, alert.* or *.");
      search.reportValidity();
      return;
    }
    search.value = "";
    filter();
    write([...chosen(), pattern]);
  });
  // The search box must not be what a form complains about when it is sent.
  search.addEventListener("blur", () => search.setCustomValidity(""));
  area.classList.add("visually-hidden");
  area.tabIndex = -1;
  area.addEventListener("focus", () => search.focus());
  panel.hidden = false;
  draw();
}

function setUpAll() {
  for (const picker of document.querySelectorAll("[data-event-picker]")) setUp(picker);
}

setUpAll();
document.addEventListener("htmx:afterSettle", setUpAll);
