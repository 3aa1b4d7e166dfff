// Where something would be: a frame in the grid that says the time and what the server answers to it.
import { node } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";
import { clock, dayOf, minutesBetween, minutesOf, momentOf } from "./calendar-time.js";

const PAUSE = 120; // ms without another move before the server is asked

/**
 * `show(target, subject)` lays the frame over `{calendar, start, minutes}` (`column` where calendars share columns);
 * `subject` is `{appointment}` or `{reason}` for the preview. `follow(…)` only asks and speaks: EventCalendar draws.
 */
export function createGhost(app) {
  const { state, columns } = app;
  const { addresses } = state.setup;
  const element = node("div", "slot-ghost", node("div", "ghost-inner"));
  element.setAttribute("aria-hidden", "true"); // it is spoken instead
  let asked = null; // {key, abort}
  let answer = null; // {key, state, text}
  let timer;

  const keyOf = ({ calendar, room, start, minutes }) => `${room ?? calendar} ${start} ${minutes}`;

  function parts(target, name = "") {
    const from = minutesOf(target.start);
    const known = answer?.key === keyOf(target) ? answer : null;
    const time = `${clock(from)}–${clock((from + target.minutes) % 1440)}`;
    const texts = [node("span", "ghost-time", time), node("span", "ghost-state", known?.text ?? "")];
    return { known, nodes: name ? [node("span", "ghost-name", node("bdi", "", name)), ...texts] : texts };
  }

  function show(target, subject = {}) {
    const column = target.column ?? columnOf(target);
    if (column < 0) return hide();
    columns.place(element, column, minutesOf(target.start), target.minutes);
    const name = subject.appointment && target.name;
    paint(element, target, name);
    ask(target, subject, () => paint(element, target, name));
  }

  /** The room's column, where there is one, else the calendar's. */
  function columnOf({ calendar, room, start }) {
    const inRoom = room ? columns.of(room, start) : -1;
    return inRoom < 0 ? columns.of(calendar, start) : inRoom;
  }

  function paint(frame, target, name) {
    const { known, nodes } = parts(target, name);
    frame.dataset.state = known?.state ?? "";
    frame.querySelector(".ghost-inner").replaceChildren(...nodes);
  }

  function follow(target, subject) {
    ask(target, subject, () => {
      const frame = app.view.grid.querySelector(".ec-preview");
      if (frame) paint(frame, target, target.name);
    });
  }

  /** What EventCalendar shows while a pointer drags. */
  function nodes(event) {
    const column = Number(event.resourceIds[0] ?? 0); // a calendar's or a room's: the key of what was answered has either
    const target = { calendar: column, start: momentOf(event.start), minutes: minutesBetween(momentOf(event.start), momentOf(event.end)) };
    const inner = node("div", "ghost-inner", ...parts(target, event.extendedProps.name).nodes);
    return [inner];
  }

  /** Ask the server once the ghost stands still; the answer is said, with the place. */
  function ask(target, subject, then) {
    const key = keyOf(target);
    if (asked?.key === key) return;
    asked?.abort?.abort();
    asked = { key };
    clearTimeout(timer);
    timer = setTimeout(() => answered(key, target, subject, then), PAUSE);
  }

  const known = ({ calendar, room, start, minutes }) =>
    columns.stateAt(room ?? calendar, dayOf(start), minutesOf(start), minutesOf(start) + minutes);

  /** Without an appointment or a reason the server cannot tell: then the page's own knowledge is said. */
  async function answered(key, target, subject, then) {
    const asks = subject.appointment || subject.reason;
    const found = asks ? await fetchPreview(key, target, subject) : known(target);
    if (!found || asked?.key !== key) return;
    answer = { key, ...found };
    then();
    say(`${columns.spoken(target.room ?? target.calendar, target.start)}, ${found.text}`);
  }

  /** The server's answer; null when another place was asked for meanwhile. */
  async function fetchPreview(key, target, subject) {
    const abort = new AbortController();
    asked = { key, abort };
    const { calendar, room, start, minutes } = target;
    const question = new URLSearchParams({ calendar, start, minutes, ...subject, ...(room ? { room } : {}) });
    try {
      const response = await fetch(`${addresses.preview}?${question}`, {
        headers: { Accept: "application/json" },
        signal: abort.signal,
      });
      if (!response.ok) throw new Error(String(response.status));
      return await response.json();
    } catch {
      return abort.signal.aborted ? null : known(target);
    }
  }

  function hide() {
    clearTimeout(timer);
    asked?.abort?.abort();
    asked = answer = null;
    element.remove();
  }

  return { show, follow, nodes, hide };
}
