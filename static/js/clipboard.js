// Copy buttons: data-copy-text="…", data-copy-from="#id" or data-copy-near=".block".
function textFor(button) {
  if (button.dataset.copyText !== undefined) return button.dataset.copyText;
  if (button.dataset.copyFrom) {
    const source = document.querySelector(button.dataset.copyFrom);
    return source ? source.value ?? source.textContent : "";
  }
  const code = button.closest(button.dataset.copyNear)?.querySelector("code");
  return code ? code.textContent : "";
}

// Plain http on another host has no clipboard API; a selection can still be copied.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Permission refused: the other way may still work.
    }
  }
  return copyBySelection(text);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(
    "[data-copy-text], [data-copy-from], [data-copy-near]",
  );
  if (!button) return;
  const label = button.querySelector("[data-copy-label]");
  const before = label?.dataset.before ?? label?.textContent;
  const done = await copy(textFor(button));
  button.focus();
  if (!label) return;
  label.dataset.before = before;
  label.textContent = done ? "Copied" : "Press Ctrl+C";
  button.classList.toggle("is-copied", done);
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => {
    label.textContent = before;
    button.classList.remove("is-copied");
  }, 1800);
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select-on-focus]")) event.target.select();
});
