// Arrow keys in a month: days are links, so Tab and Enter work without this.
const table = document.querySelector("[data-month]");
const links = [...(table?.querySelectorAll(".month-link") ?? [])];
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

table?.addEventListener("keydown", (event) => {
  const at = links.indexOf(event.target);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key === "PageUp" || event.key === "PageDown") {
    event.preventDefault();
    document.querySelector(`a[data-step="${event.key === "PageUp" ? -1 : 1}"]`)?.click();
    return;
  }
  const row = at - (at % 7);
  const target = { Home: row, End: row + 6 }[event.key] ?? (event.key in STEPS ? at + STEPS[event.key] : -1);
  if (!links[target]) return;
  event.preventDefault();
  links[target].focus();
});
