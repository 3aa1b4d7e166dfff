// The feed: fetches days, and takes in single appointments as the server answers them.
import { say } from "./calendar-panel.js";
import { addDays } from "./calendar-time.js";

/**
 * `load(first)` fetches the days from that one on; true when they are in `state.data`.
 * `apply({events, removed})` puts single appointments in place by their ids, without asking the server.
 * Whoever changes the data calls `app.view.show({ sameDays: true })` afterwards, which keeps focus and scroll.
 */
export function createFeed({ state, root }) {
  const { setup } = state;
  const notes = document.getElementById("calendar-notes");
  let asked = 0;
  let seen = { address: "", tag: "" };

  function fail(text) {
    notes.textContent = text;
    notes.hidden = false;
    say(text);
  }

  function address(first) {
    const query = new URLSearchParams({
      calendars: state.shown.join(","),
      from: first,
      to: addDays(first, setup.days),
    });
    return `${setup.addresses.events}?${query}`;
  }

  /** `background`: nobody asked for it, so it neither keeps a session alive nor shows a failure. */
  async function load(first, { background = false } = {}) {
    const number = ++asked;
    const from = address(first);
    const headers = { Accept: "application/json" };
    if (background) headers["X-Background"] = "1";
    if (seen.address === from && seen.tag) headers["If-None-Match"] = seen.tag;
    if (!background) root.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(from, { headers, cache: "no-store" });
      if (number !== asked) return false; // a later one overtook this one
      if (response.status === 403 && !background) location.reload(); // signed out meanwhile: the page leads to the sign-in
      if (response.status === 304) return false;
      if (!response.ok) throw new Error(String(response.status));
      const data = await response.json();
      if (number !== asked) return false;
      state.data = data;
      seen = { address: from, tag: response.headers.get("ETag") ?? "" };
    } catch {
      if (number === asked && !background) fail(setup.words.failed);
      return false;
    } finally {
      if (number === asked) root.removeAttribute("aria-busy");
    }
    notes.hidden = true;
    return true;
  }

  function shown(event) {
    return state.shown.some((id) => state.isIn(event, id)) && event.start < `${state.data.to}T00:00` && event.end > `${state.data.from}T00:00`;
  }

  function apply({ events = [], removed = [] }) {
    const ids = new Set([...removed, ...events.map((event) => event.id)]);
    const kept = state.data.events.filter((event) => !ids.has(event.id));
    state.data.events = [...kept, ...events.filter(shown)].sort(
      (one, other) => one.start.localeCompare(other.start) || one.calendar - other.calendar || one.id.localeCompare(other.id),
    );
    seen.tag = ""; // what we have is no longer what that tag stood for
  }

  return { load, apply, fail, find: (id) => state.data.events.find((event) => event.id === id) };
}
