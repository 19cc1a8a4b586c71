// Runs in the head, before the first paint: the chosen theme, and "scripts are on".
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("signalpost.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (error) {
    // Storage is refused: the system's theme it is.
  }
})();
