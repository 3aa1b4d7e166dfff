// The list of appointments: a name opens the panel instead of a page of its own.
import { createPanel } from "./calendar-panel.js";

const words = document.getElementById("panel").dataset;
const panel = createPanel({
  failed: words.failed,
  focusBack: (id) => document.querySelector(`a[data-appointment="${CSS.escape(id)}"]`)?.focus(),
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-appointment]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  panel.open(link.dataset.appointment);
});
document.addEventListener("appointments-changed", () => {
  htmx.ajax("GET", location.href, { target: ".table-box", select: ".table-box", swap: "outerHTML" });
});
