// Turning the page: the days are fetched, the address, the title and the toolbar's links follow.
import { say } from "./calendar-panel.js";
import { countText, live } from "./calendar-state.js";
import { addDays, monday } from "./calendar-time.js";

/** `go(date)` shows that day or its week, true when it is there; `shifted(step)` is the day so many pages away. */
export function createNavigation(app) {
  const { state } = app;
  const { setup } = state;

  function shifted(step) {
    return step === 0 ? setup.today : addDays(state.data.from, step * setup.step);
  }

  async function go(date, { remember = true } = {}) {
    if (!(await app.feed.load(setup.days === 1 ? date : monday(date)))) return false;
    app.view.show();
    document.getElementById("calendar-title").textContent = state.data.title;
    const suffix = document.title.split(" – ").slice(-1)[0];
    document.title = `${state.data.title} – ${suffix}`;
    const address = dated(location.href, date);
    if (remember) history.pushState({ date }, "", address);
    updateLinks(date);
    say(`${state.data.title}: ${countText(state, live(state).length)}`);
    app.events.dispatchEvent(new CustomEvent("turned", { detail: { date } }));
    return true;
  }

  function dated(address, date) {
    const url = new URL(address, location.href);
    url.searchParams.set("date", date);
    for (const [name, value] of Object.entries(setup.keep)) {
      if (!url.searchParams.has(name)) url.searchParams.set(name, value);
    }
    return url.href.replaceAll("%2C", ",");
  }

  function updateLinks(date) {
    document.querySelectorAll("a[data-new]").forEach((link) => (link.href = link.href.replace(/(start=)[^&]*/, `$1${date}T08:00`)));
    document.querySelectorAll("a[data-dated]").forEach((link) => (link.href = dated(link.href, date)));
    document.querySelectorAll("a[data-step]").forEach((link) => {
      link.href = dated(link.href, shifted(Number(link.dataset.step)));
    });
    document.querySelectorAll("[data-picker] input[name=date], #go-to").forEach((input) => (input.value = date));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(shifted(Number(link.dataset.step)));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-day-form]")) return;
    const date = event.target.elements.date.value;
    if (!date) return; // the server says what is wrong
    event.preventDefault();
    const menu = event.target.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus();
    go(date);
  });
  window.addEventListener("popstate", (event) => {
    const date = event.state?.date ?? new URL(location.href).searchParams.get("date") ?? setup.date;
    go(date, { remember: false });
  });
  return { go, shifted };
}
