// What htmx asks for and does not get is said in words.
const SENTENCES = {
  403: "You may not do this. Reload the page if you were signed out.",
  404: "This is not there any more. Reload the page.",
  429: "That was too often. Wait a minute and try again.",
};

function say(text) {
  const place = document.querySelector("[data-toasts]");
  if (!place) return;
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.setAttribute("role", "alert");
  toast.textContent = text;
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), 8000);
}

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  say(SENTENCES[status] ?? `The server answered ${status}. Nothing was changed; try again.`);
});
document.addEventListener("htmx:sendError", () => {
  say("The server cannot be reached. Check the connection and try again.");
});
document.addEventListener("htmx:timeout", () => {
  say("The server took too long. Try again.");
});
