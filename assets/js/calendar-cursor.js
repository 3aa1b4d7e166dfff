// One tab stop in the grid: a cursor that stands on a card or on a free step. Arrow keys move it; this is where it may go.
import { node } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";
import { dayOf, lengthOf, minutesOf, moment } from "./calendar-time.js";

/**
 * `cursor.place()` is where it stands: `{column, calendar, room, start, minutes, id}`; `id` only on a card, `room` only on free
 * time in a room's column.
 * `move(direction)` and `extend(direction)` are what arrow keys do; `toCard(id)`, `toTime(…)`, `focus()` set it.
 */
export function createCursor(app) {
  const { state, view, columns } = app;
  const { grid } = view;
  const { slot, words } = state.setup;
  const element = node("button", "slot-cursor");
  element.type = "button";
  element.tabIndex = -1;
  element.dataset.slot = "";

  let here = { column: 0, at: null, id: null }; // the stop it is on
  let range = null; // {anchor, at}: free steps taken together by Shift
  let hadFocus = false;

  /** All cards of an appointment: one in each of its columns. */
  const all = (id) => [...grid.querySelectorAll(`button.card-button[data-id="${CSS.escape(id)}"]`)];
  const columnId = (column) => String(columns.list()[column]?.calendar);
  const find = (id, column = here.column) => id && (all(id).find((card) => card.dataset.resource === columnId(column)) ?? all(id)[0]);
  const cards = () => [...grid.querySelectorAll("button.card-button")];

  /** What can be stood on in a column, from early to late: cards, and steps that no card covers. */
  function stops(column) {
    const { calendar, day } = columns.list()[column];
    const { min, max } = columns.limits();
    const drawn = new Set(cards().map((button) => button.dataset.id));
    const mine = state.data.events
      .filter((event) => drawn.has(event.id) && (!calendar || state.isIn(event, calendar)))
      .map((event) => ({ id: event.id, from: inDay(event.start, day), to: inDay(event.end, day) }))
      .filter(({ from, to }) => to > 0 && from < 1440);
    const found = [];
    for (let at = min; at < max; at += slot) {
      const starting = mine.filter(({ from }) => Math.max(from, min) >= at && Math.max(from, min) < at + slot);
      found.push(...starting.map(({ id }) => ({ at, id })));
      if (!mine.some(({ from, to }) => from < at + slot && to > at)) found.push({ at, id: null });
    }
    return found;
  }

  function inDay(text, day) {
    if (dayOf(text) < day) return 0;
    return dayOf(text) > day ? 1440 : minutesOf(text);
  }

  const same = (one, other) => (one.id ? one.id === other.id : !other.id && one.at === other.at);

  /** The stop of a column at a time: the card that covers it, else the step. */
  function nearest(column, at) {
    const list = stops(column);
    return list.findLast((stop) => stop.at <= at) ?? list[0];
  }

  function set(column, stop, { focus = true, wanted = stop.at } = {}) {
    here = { column, at: stop.at, id: stop.id, wanted };
    range = null;
    draw();
    if (focus) show();
  }

  function show() {
    const target = find(here.id) ?? element;
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** One element is reachable by Tab: the card, or the step that is laid over the grid. */
  function draw() {
    grid.querySelectorAll("button.card-button[tabindex='0']").forEach((other) => (other.tabIndex = -1));
    const card = find(here.id);
    if (card) {
      element.remove();
      card.tabIndex = 0;
    } else {
      const { start, minutes, calendar: own, room } = place();
      const calendar = room ?? own;
      element.tabIndex = 0;
      columns.place(element, here.column, minutesOf(start), minutes);
      const known = calendar ? columns.stateAt(calendar, dayOf(start), minutesOf(start), minutesOf(start) + minutes) : null;
      const right = !own || columns.mayCreate(own) ? "" : words.read_only;
      element.replaceChildren(
        node("span", "visually-hidden", [columns.spoken(calendar, start, range ? minutes : 0), known?.text, right].filter(Boolean).join(", ")),
      );
    }
    app.events.dispatchEvent(new Event("cursor"));
  }

  function place() {
    const column = columns.list()[here.column] ?? columns.list()[0];
    const event = here.id && app.feed.find(here.id);
    if (event) return { column: here.column, calendar: event.calendar, start: event.start, minutes: lengthOf(event), id: here.id };
    const from = range ? Math.min(range.anchor, range.at) : here.at;
    const to = (range ? Math.max(range.anchor, range.at) : here.at) + slot;
    const room = columns.roomFor(here.column);
    const calendar = room ? columns.calendarFor(here.column) : column.calendar;
    return { column: here.column, calendar, room, start: moment(column.day, from), minutes: to - from, id: null };
  }

  function move(direction) {
    const last = columns.list().length - 1;
    const sideways = { left: here.column - 1, right: here.column + 1, first: 0, last }[direction];
    if (sideways !== undefined) {
      if (sideways < 0 || sideways > last) return;
      const wanted = here.wanted ?? here.at;
      set(sideways, nearest(sideways, wanted), { wanted });
      return;
    }
    const list = stops(here.column);
    const at = list.findIndex((stop) => same(stop, here));
    const next = { up: list[at - 1], down: list[at + 1], start: list[0], end: list.at(-1) }[direction];
    if (next) set(here.column, next);
  }

  /** Shift and an arrow: more or fewer free steps. */
  function extend(direction) {
    if (here.id) return;
    const { min, max } = columns.limits();
    const at = (range?.at ?? here.at) + (direction === "down" ? slot : -slot);
    if (at < min || at >= max) return;
    range = { anchor: range?.anchor ?? here.at, at };
    draw();
    show();
    say(element.textContent); // the name of what has focus changed: nobody would hear it
  }

  /** Stand on a time of a column; `until` extends from where it stood, as Shift and a click do. */
  function toTime(column, at, { until = false, focus = true } = {}) {
    if (until && !here.id && here.column === column && here.at !== null) {
      range = { anchor: here.at, at };
      draw();
      if (focus) show();
    } else set(column, { at, id: null }, { focus });
  }

  function toCard(id, { focus = true, preferred = columns.list()[here.column]?.calendar } = {}) {
    const event = app.feed.find(id);
    const column = event ? columns.ofEvent(event, preferred) : -1;
    if (column < 0 || !find(id, column)) return false;
    set(column, { at: minutesOf(event.start), id }, { focus });
    return true;
  }

  /** The cursor's first place on a page: today's first card that is not over, else now; on other days the first card. */
  function first() {
    const { min, max } = columns.limits();
    const line = grid.querySelector(".ec-now-indicator");
    const list = columns.list();
    const column = list.findIndex(({ day }) => day === state.setup.today);
    if (line && column >= 0) {
      const now = Math.min(max - slot, min + Math.floor(parseFloat(line.style.insetBlockStart) / state.slotHeight) * slot);
      const ahead = ({ id }) => id && minutesOf(app.feed.find(id).end) >= now;
      return [column, stops(column).find(ahead) ?? nearest(column, now)];
    }
    for (const at of list.keys()) {
      const card = stops(at).find(({ id }) => id);
      if (card) return [at, card];
    }
    return [0, nearest(0, Math.max(min, 8 * 60))];
  }

  /** After cards were drawn anew: the cursor is somewhere, and focus is where it was. */
  function refresh() {
    if (!columns.list().length || !grid.querySelector(".ec-body .ec-sidebar time")) return;
    const lost = hadFocus && document.activeElement === document.body;
    if (here.at === null || here.column >= columns.list().length) set(...first(), { focus: false });
    else if (here.id && !find(here.id)) set(here.column, nearest(here.column, here.at), { focus: false, wanted: here.wanted });
    else draw();
    if (lost) (find(here.id) ?? element).focus({ preventScroll: true });
  }

  grid.addEventListener("focusin", (event) => {
    hadFocus = true;
    const card = event.target.closest("button.card-button")?.dataset;
    const other = state.columns && card?.resource !== columnId(here.column); // the same appointment in another column
    if (card && (card.id !== here.id || other)) toCard(card.id, { focus: false, preferred: Number(card.resource) });
  });
  document.addEventListener("focusin", (event) => (hadFocus = grid.contains(event.target)));
  document.addEventListener("pointerdown", (event) => (hadFocus = hadFocus && grid.contains(event.target)));
  app.events.addEventListener("drawn", refresh);

  return { element, place, move, extend, toTime, toCard, refresh, find, all, focus: show, reset: () => set(...first()), range: () => range };
}
