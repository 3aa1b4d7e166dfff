// The list of appointments: a name opens the panel instead of a page of its own; others' changes come by themselves.
import { createPanel } from "./calendar-panel.js";
import { renew, watch } from "./calendar-live.js";

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
// Several ticked: in the panel, too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-chosen-form]")) return;
  const query = new URLSearchParams(new FormData(form));
  event.preventDefault();
  if (query.size) panel.openForm(`${form.getAttribute("action")}?${query}`);
});

document.addEventListener("appointments-changed", () => renew(location.href, "#list"));

watch({
  address: () => document.getElementById("live").dataset.events,
  current: () => null,
  take: () => renew(location.href, "#list"),
  mark: (ids, on) => {
    const links = ids.map((id) => document.querySelector(`a[data-appointment="${CSS.escape(id)}"]`));
    links.forEach((link) => link?.closest("tr").classList.toggle("is-changed-row", on));
  },
});
