// <time data-relative>: "3 min ago", the exact time in the person's zone on hover.
// <time data-exact>: the exact time in the person's zone.
const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
});
const day = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

const UNITS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [86400 * 14, 86400, "d"],
];

function relativeText(moment, now) {
  const seconds = Math.round((now - moment) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return seconds >= 0 ? "just now" : "now";
  for (const [limit, unit, word] of UNITS) {
    if (size < limit) {
      const text = `${Math.floor(size / unit)} ${word}`;
      return seconds > 0 ? `${text} ago` : `in ${text}`;
    }
  }
  return day.format(moment);
}

function show(scope) {
  const now = Date.now();
  for (const time of scope.querySelectorAll("time[data-relative], time[data-exact]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    if (time.dataset.exact !== undefined) {
      time.textContent = exact.format(moment);
      continue;
    }
    const text = relativeText(moment, now);
    if (time.textContent !== text) time.textContent = text;
    if (!time.title) time.title = exact.format(moment);
  }
}

show(document);
document.addEventListener("htmx:afterSettle", () => show(document));
setInterval(() => {
  if (!document.hidden) show(document);
}, 10000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) show(document);
});
