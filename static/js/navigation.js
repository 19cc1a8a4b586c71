// The drawer, menus, the search key, the theme switch and dismissable messages.
const root = document.documentElement;
const drawerButton = () => document.querySelector("[data-drawer-open]");

function setDrawer(open) {
  root.classList.toggle("drawer-open", open);
  const button = drawerButton();
  button?.setAttribute("aria-expanded", String(open));
  const page = document.querySelector("[data-page]");
  if (page) page.inert = open;
  if (open) document.querySelector("#sidebar a, #sidebar button")?.focus();
  else button?.focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.closest("[data-drawer-open]")) setDrawer(true);
  else if (event.target.closest("[data-drawer-close]")) setDrawer(false);
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-dismissable]")?.remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (root.classList.contains("drawer-open")) {
      setDrawer(false);
    }
    return;
  }
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "/" && isPlain && !isTyping(event.target)) {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// A wide window shows the navigation anyway: nothing stays locked behind a drawer.
matchMedia("(min-width: 48rem)").addEventListener("change", (query) => {
  if (query.matches && root.classList.contains("drawer-open")) setDrawer(false);
});

// Theme
function showTheme() {
  const chosen = root.dataset.theme ?? "system";
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === chosen));
  }
}

function setTheme(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("signalpost.theme");
    else localStorage.setItem("signalpost.theme", theme);
  } catch {
    // Storage is refused: the choice lasts as long as the page.
  }
  showTheme();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set]");
  if (button) setTheme(button.dataset.themeSet);
});
for (const part of document.querySelectorAll("[data-theme-switch]")) {
  part.hidden = false;
}
showTheme();
