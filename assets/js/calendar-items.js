// The feed's answer as EventCalendar's events: cards, other taken times, what lies behind them.
import { backgroundEvents } from "./calendar-hours.js";
import { live } from "./calendar-state.js";

const MARKED = new Set(["overbooked", "outside"]); // flags that change how a card is drawn
const MOVABLE = new Set(["booked", "arrived"]); // what is over, or under way, stays where it was

/** All items of the days that are shown. */
export function items(state) {
  const order = new Map(state.setup.calendars.map((item, at) => [item.id, at]));
  const others = live(state);
  const overlaps = (one, other) =>
    (state.mixed || one.calendar === other.calendar) && one.start < other.end && other.start < one.end;
  const cards = state.data.events
    .filter((event) => event.status !== "cancelled" || !others.some((other) => overlaps(event, other)))
    .map((event) => appointment(event, order.get(event.calendar), state));
  return [...cards, ...state.data.blocks.map((block) => taken(block, state)), ...backgroundEvents(state)];
}

function appointment(event, place, state) {
  const reason = state.data.reasons[event.reason];
  const calendar = state.calendars.get(event.calendar);
  const names = [`edge-${edge(event, reason, calendar, state.setup)}`, `is-${event.status}`];
  if (state.setup.colours === "calendar" && place >= 8) names.push("edge-repeat");
  if (state.marked?.has(event.id)) names.push("is-changed");
  for (const flag of event.flags ?? []) if (MARKED.has(flag)) names.push(`is-${flag}`);
  const movable = Boolean(event.may) && MOVABLE.has(event.status);
  return {
    ...item(event, names, { kind: "appointment", ...event, reason, calendar }),
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
  const calendar = state.calendars.get(block.calendar);
  return item(block, [`edge-${calendar.edge}`, `is-${block.status}`], { kind: "block", ...block, calendar });
}

function item(event, classNames, extendedProps) {
  return { id: event.id, resourceId: event.calendar, start: event.start, end: event.end, classNames, extendedProps };
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
