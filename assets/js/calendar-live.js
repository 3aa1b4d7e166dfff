// Others' changes, without a reload: the feed is asked every few seconds and answers 304 while nothing is new. What is
// new is put in by its id, never while a pointer is down, and never where somebody is typing.
import { say } from "./calendar-panel.js";

const EVERY = 4000; // ms
const LONGEST = 60_000; // between two tries when the server does not answer
const MARKED = 10_000; // how long a changed card is marked
const QUIET = 15_000; // between two sentences
const OFF_KEY = "calendar-live"; // no personal data: whether it is switched off

/** Ids whose events differ between two answers of the feed. */
export function differing(before, after) {
  const old = new Map(before.map((event) => [event.id, JSON.stringify(event)]));
  const found = after.filter((event) => old.get(event.id) !== JSON.stringify(event)).map((event) => event.id);
  const left = new Set(after.map((event) => event.id));
  return [...found, ...[...old.keys()].filter((id) => !left.has(id))];
}

/**
 * `address()`: of the feed as shown now. `current()`: the events that are on the screen, null when that is not known.
 * `take(data, ids)`: put them there. `mark(ids, on)`: mark them, or take the marks away. `busy()`: not now.
 */
export function watch({ address, current, take, mark = () => {}, busy = () => false }) {
  const words = document.getElementById("live")?.dataset;
  if (!words) return;
  let [timer, wait, running] = [0, EVERY, false];
  let [asked, tag] = [address(), current() ? words.tag : ""]; // what the page came with
  let known = null; // events of the last answer, where `current` cannot tell
  let held = false; // a pointer is down
  let waiting = null; // an answer that came meanwhile
  const unsaid = new Set();
  let [saidAt, sayTimer] = [0, 0];

  const quiet = () => document.hidden || isOff();

  function later(ms = wait) {
    clearTimeout(timer);
    if (!quiet()) timer = setTimeout(ask, ms);
  }

  async function ask() {
    if (running || quiet()) return;
    if (held || busy()) return later(EVERY / 4);
    running = true;
    const from = address();
    if (from !== asked) [asked, tag, known] = [from, "", null];
    const headers = { Accept: "application/json", "X-Background": "1" };
    if (tag) headers["If-None-Match"] = tag;
    try {
      const answer = await fetch(from, { headers, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) return location.reload(); // signed out: the page leads on
      if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
      wait = EVERY;
      if (answer.status === 304 || from !== address()) return;
      tag = answer.headers.get("ETag") ?? "";
      waiting = await answer.json();
      settle();
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    } finally {
      running = false;
      later();
    }
  }

  /** Put in what came, unless a pointer is down: then when it is up again. */
  async function settle() {
    if (!waiting || held || busy()) return;
    const data = waiting;
    waiting = null;
    if (asked !== address()) return; // the page was turned meanwhile
    const before = current() ?? known;
    known = data.events;
    const ids = before ? differing(before, data.events) : [];
    const isOld = !before && words.tag && words.tag !== tag; // the page was made before something changed
    if (current() || ids.length || isOld) await take(data, ids);
    document.dispatchEvent(new CustomEvent("appointments-seen", { detail: { events: data.events, ids } }));
    if (!ids.length) return;
    mark(ids, true);
    setTimeout(() => mark(ids, false), MARKED);
    ids.forEach((id) => unsaid.add(id));
    tell();
  }

  function tell() {
    clearTimeout(sayTimer);
    const left = saidAt + QUIET - Date.now();
    if (left > 0) {
      sayTimer = setTimeout(tell, left);
      return;
    }
    if (!unsaid.size) return;
    saidAt = Date.now();
    say((unsaid.size === 1 ? words.one : words.other).replace("{count}", unsaid.size));
    unsaid.clear();
  }

  const down = () => (held = true);
  const up = () => {
    held = false;
    setTimeout(settle); // after whatever the pointer did
  };
  document.addEventListener("pointerdown", down, true);
  document.addEventListener("pointerup", up, true);
  document.addEventListener("pointercancel", up, true);
  document.addEventListener("visibilitychange", () => {
    wait = EVERY;
    later(0);
  });
  document.addEventListener("calendar-live", () => later(0));
  window.addEventListener("online", () => later(0));
  later(current() ? EVERY : 0); // without a picture of what is there, the first answer is one
}

function isOff() {
  try {
    return localStorage.getItem(OFF_KEY) === "off";
  } catch {
    return false;
  }
}

// The switch in the menu "Display".
for (const box of document.querySelectorAll("[data-live-switch]")) {
  box.closest("[data-live-label]").hidden = false;
  box.checked = !isOff();
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(OFF_KEY);
      else localStorage.setItem(OFF_KEY, "off");
    } catch {
      box.checked = true; // storage is switched off: it stays on
    }
    document.dispatchEvent(new Event("calendar-live"));
  });
}

/** The grid: changes by id, marked for a while. */
export function watchGrid(app) {
  const { state, root } = app;
  const { setup } = state;
  state.marked = new Set();

  function address() {
    const query = new URLSearchParams({
      calendars: state.shown.join(","),
      from: state.data.from,
      to: state.data.to,
    });
    return `${setup.addresses.events}?${query}`;
  }

  return watch({
    address,
    current: () => state.data.events,
    take(data, ids) {
      state.data = data;
      ids.forEach((id) => state.marked.add(id));
      app.view.show({ sameDays: true });
    },
    mark(ids, on) {
      if (on) return; // `take` drew them with their marks
      ids.forEach((id) => state.marked.delete(id));
      app.view.show({ sameDays: true });
    },
    busy: () => root.getAttribute("aria-busy") === "true" || app.busy() || app.move.active(),
  });
}

/** Fetch a part of this page anew and put it in place: focus stays with what it was on. True when it was there. */
export async function renew(address, selector, headers = {}) {
  let answer;
  try {
    answer = await fetch(address, { headers: { "X-Background": "1", ...headers }, cache: "no-store" });
  } catch {
    return null; // no network: the next try will do
  }
  if (answer.status === 401) location.reload();
  if (!answer.ok) return answer;
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [document.querySelector(selector), html.querySelector(selector)];
  if (!old || !fresh) return answer;
  const key = keyOf(document.activeElement, old);
  const box = old.matches(".table-box") ? old : old.querySelector(".table-box");
  const place = [box?.scrollLeft ?? 0, box?.scrollTop ?? 0];
  old.replaceWith(fresh);
  htmx.process(fresh);
  if (key) fresh.querySelector(key)?.focus({ preventScroll: true });
  (fresh.matches(".table-box") ? fresh : fresh.querySelector(".table-box"))?.scrollTo(...place);
  return answer;
}

function keyOf(element, within) {
  if (!element || !within.contains(element)) return "";
  if (element.id) return `#${CSS.escape(element.id)}`;
  const id = element.dataset.appointment;
  return id ? `[data-appointment="${CSS.escape(id)}"]` : "";
}
