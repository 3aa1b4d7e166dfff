// The columns of the grid, where moments lie in them, and what stands at a time as far as the page knows.
import { absentOn, openOn } from "./calendar-hours.js";
import { addDays, dayOf, format, minutesOf, moment, momentOf } from "./calendar-time.js";
import { filled } from "./calendar-dom.js";

const MAY_CREATE = 2; // accounts.enums.Level.INSIDE

export function createColumns(app) {
  const { state } = app;
  const { words, slot } = state.setup;
  const ids = state.shown;

  /** [{calendar, day}] from left to right; `calendar` (or a room) is null where several share the columns. */
  function list() {
    if (state.columns) return ids.map((calendar) => ({ calendar, day: state.data.from }));
    const hidden = new Set(state.setup.hiddenDays ?? []);
    const found = [];
    for (let day = state.data.from; day < state.data.to; day = addDays(day, 1)) {
      if (!hidden.has(new Date(`${day}T00:00Z`).getUTCDay())) found.push({ calendar: state.mixed ? null : ids[0], day });
    }
    return found;
  }

  /** The column of a calendar's moment, -1 when it is not on the page. */
  function of(calendar, start) {
    return list().findIndex((column) => column.day === dayOf(start) && (!state.columns || column.calendar === calendar));
  }

  /** The first and the last minute that the grid shows; late appointments make it longer. */
  function limits() {
    const first = app.view.grid.querySelector(".ec-body .ec-sidebar time");
    const min = minutesOf(first.dateTime.slice(11, 16));
    const height = app.view.grid.querySelector(".ec-body .ec-grid").offsetHeight;
    return { min, max: min + Math.round(height / state.slotHeight) * slot };
  }

  /** Lay an element over a time of a column. */
  function place(element, column, at, minutes) {
    const { min } = limits();
    element.style.gridColumn = String(column + 1);
    element.style.insetBlockStart = `${((at - min) / slot) * state.slotHeight}px`;
    element.style.blockSize = `${(minutes / slot) * state.slotHeight}px`;
    const layer = app.view.grid.querySelector(".ec-body .ec-events");
    if (element.parentNode !== layer) layer.append(element); // put in anew it would lose focus
  }

  /** The column and the minute at a point of the screen. */
  function at(x, y) {
    const info = app.view.calendar.dateFromPoint(x, y);
    if (!info) return null;
    const start = momentOf(info.date);
    const column = of(info.resource ? Number(info.resource.id) : null, start);
    return column < 0 ? null : { column, at: minutesOf(start) };
  }

  /** The column of an appointment: its calendar's, else the first of its rooms; `preferred` where it has several. */
  function ofEvent(event, preferred = null) {
    const inside = list().map(({ calendar, day }, at) => ({ at, calendar, day })).filter(({ calendar, day }) => day === dayOf(event.start) && (!state.columns || state.isIn(event, calendar)));
    const best = inside.find(({ calendar }) => calendar === preferred) ?? inside.find(({ calendar }) => calendar === event.calendar) ?? inside[0];
    return best?.at ?? -1;
  }

  /** Where an appointment would be in a column: in that calendar, or in its own and that room. */
  function placeFor(event, column) {
    if (column === null || column === undefined) return { calendar: event.calendar };
    return state.isRoom(column) ? { calendar: event.calendar, room: column } : { calendar: column };
  }

  const mayCreate = (calendar) => !state.isRoom(calendar) && (state.data.levels[calendar] ?? state.resources.get(calendar).level) >= MAY_CREATE;

  /** The calendar in which something new in this column would be: its own, or the first that one may write to. */
  function calendarFor(column) {
    const own = list()[column]?.calendar;
    if (own && !state.isRoom(own)) return own;
    return ids.find(mayCreate) ?? [...state.resources.keys()].find(mayCreate) ?? ids[0];
  }

  /** The room that something new in this column would be in. */
  function roomFor(column) {
    const own = list()[column]?.calendar;
    return own && state.isRoom(own) ? own : undefined;
  }

  const who = (id) => state.resources.get(id)?.practitioner || state.resources.get(id)?.name || "";

  /** "Dienstag, 10:15 Uhr, Dr. Kaya"; with `minutes` "10:15 bis 10:45 Uhr". */
  function spoken(calendar, start, minutes = 0) {
    const other = dayOf(start) < state.data.from || dayOf(start) >= state.data.to; // a day that is not on the page
    const day = format(state.locale, { weekday: "long", ...(other ? { day: "numeric", month: "long" } : {}) });
    const until = moment(dayOf(start), minutesOf(start) + minutes).slice(11);
    const time = minutes
      ? filled(words.range, { start: start.slice(11), end: until })
      : filled(words.clock, { time: start.slice(11) });
    return [day.format(new Date(`${start}Z`)), time, calendar ? who(calendar) : ""].filter(Boolean).join(", ");
  }

  /** What is known here about a time of a calendar: free, outside, absent or taken. The server decides. */
  function stateAt(calendar, day, from, to) {
    const meets = ({ start, end }) => start < moment(day, to) && end > moment(day, from);
    const block = state.data.blocks.find((item) => item.calendar === calendar && meets(item));
    if (block) return { state: "taken", text: block.status === "held" ? filled(words.held, { time: block.until }) : words[block.status] };
    if (absentOn(state, calendar, day).some(({ span: [start, end] }) => start < to && end > from)) {
      return { state: "absent", text: words.absent_time };
    }
    const inside = openOn(state, calendar, day).some(([start, end]) => start <= from && to <= end);
    return inside ? { state: "free", text: words.free } : { state: "outside", text: words.outside_time };
  }

  return { list, of, ofEvent, placeFor, roomFor, limits, place, at, mayCreate, calendarFor, spoken, stateAt };
}
