// The check-in list: buttons without a reload, waiting minutes that go on, others' changes.
import { createPanel, say } from "./calendar-panel.js";
import { renew, watch } from "./calendar-live.js";

const MINUTES = 20_000; // ms: how often the waiting minutes are looked at
const notes = document.getElementById("today-notes");
const dataset = document.getElementById("panel").dataset;
let tag = "";
let held = false;

const panel = createPanel({
  failed: dataset.failed,
  focusBack: (id) => document.querySelector(`a[data-appointment="${CSS.escape(id)}"]`)?.focus(),
});

async function refresh({ anew = false } = {}) {
  const today = document.getElementById("today");
  if (!anew && (held || today.querySelector("details[open]"))) return; // somebody is about to press something
  const headers = { "HX-Request": "true", ...(tag && !anew ? { "If-None-Match": tag } : {}) };
  const answer = await renew(today.dataset.address, "#today", headers);
  if (answer?.ok) tag = answer.headers.get("ETag") ?? "";
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-appointment]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  panel.open(link.dataset.appointment);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-status-form]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  notes.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.status === 401) return location.reload();
    const { said } = await answer.json();
    if (answer.ok) {
      say(said);
    } else {
      notes.textContent = said;
      notes.hidden = false;
    }
  } catch {
    notes.textContent = document.getElementById("live").dataset.failed;
    notes.hidden = false;
  }
  const row = form.closest("tr").id;
  await refresh({ anew: true });
  if (document.activeElement === document.body) document.querySelector(`#${CSS.escape(row)} .row-name`)?.focus();
});

document.addEventListener("pointerdown", () => (held = true), true);
document.addEventListener("pointerup", () => (held = false), true);
document.addEventListener("pointercancel", () => (held = false), true);
document.addEventListener("appointments-changed", () => refresh({ anew: true }));
setInterval(() => document.hidden || refresh(), MINUTES);

watch({
  address: () => document.getElementById("live").dataset.events,
  current: () => null,
  take: () => refresh(),
  mark: (ids, on) => {
    const rows = ids.map((id) => document.getElementById(`visit-${id}`));
    rows.forEach((row) => row?.classList.toggle("is-changed-row", on));
  },
});
