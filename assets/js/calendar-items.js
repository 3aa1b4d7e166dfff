// The feed's answer as EventCalendar's events: cards, other taken times, what lies behind them.
import { backgroundEvents } from "./calendar-hours.js";
import { live } from "./calendar-state.js";

const MARKED = new Set(["overbooked", "outside"]); // flags that change how a card is drawn
const MOVABLE = new Set(["booked", "arrived"]); // what is over, or under way, stays where it was

/** All items of the days that are shown. */
export function items(state) {
  const others = live(state);
  const overlaps = (one, other) =>
    (state.mixed || one.calendar === other.calendar) && one.start < other.end && other.start < one.end;
  const cards = state.data.events
    .filter((event) => event.status !== "cancelled" || !others.some((other) => overlaps(event, other)))
    .flatMap((event) => columnsOf(event, state).map((column) => appointment(event, column, state)));
  return [...cards, ...state.data.blocks.map((block) => taken(block, state)), ...backgroundEvents(state)];
}

/** Where an appointment has a card: in its calendar and its rooms, as far as they are columns; in a week once. */
function columnsOf(event, state) {
  const found = state.shown.filter((id) => state.isIn(event, id));
  return state.columns ? found : found.slice(0, 1);
}

function appointment(event, column, state) {
  const reason = state.data.reasons[event.reason];
  const calendar = state.resources.get(event.calendar);
  const names = [`edge-${edge(event, reason, calendar, state.setup)}`, `is-${event.status}`];
  if (state.setup.colours === "calendar" && state.shown.indexOf(event.calendar) >= 8) names.push("edge-repeat");
  if (state.marked?.has(event.id)) names.push("is-changed");
  for (const flag of event.flags ?? []) if (MARKED.has(flag)) names.push(`is-${flag}`);
  const movable = Boolean(event.may) && MOVABLE.has(event.status);
  return {
    ...item(event, column, names, { kind: "appointment", ...event, column, reason, calendar }),
    startEditable: movable,
    durationEditable: movable,
  };
}

/** What the colour stands for: reason, calendar or status. */
function edge(event, reason, calendar, setup) {
  if (setup.colours === "status") return setup.words.status[event.status].edge;
  return setup.colours === "calendar" ? calendar.edge : (reason?.edge ?? calendar.edge);
}

function taken(block, state) {
  const calendar = state.resources.get(block.calendar);
  return item(block, block.calendar, [`edge-${calendar.edge}`, `is-${block.status}`], { kind: "block", ...block, calendar });
}

/** Two cards of one appointment are two items. */
function item(event, column, classNames, extendedProps) {
  const id = column === event.calendar ? event.id : `${event.id}@${column}`;
  return { id, resourceId: column, start: event.start, end: event.end, classNames, extendedProps };
}

/** What changes one list of items into another: `{gone: ids, added, changed}`. Items that stay as they are keep their node. */
export function difference(before, after) {
  const old = new Map(before.map((entry) => [entry.id, JSON.stringify(entry)]));
  const ids = new Set(after.map((entry) => entry.id));
  return {
    gone: [...old.keys()].filter((id) => !ids.has(id)),
    added: after.filter((entry) => !old.has(entry.id)),
    changed: after.filter((entry) => old.has(entry.id) && old.get(entry.id) !== JSON.stringify(entry)),
  };
}
