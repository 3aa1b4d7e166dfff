// What lies behind the cards: shaded outside opening hours, hatched with words where someone is absent.
import { addDays, clock, minutesOf } from "./calendar-time.js";

/** What is left of some spans ([from, to] in minutes) without others. */
function without(spans, taken) {
  return taken.reduce(
    (rest, [from, to]) =>
      rest.flatMap(([start, end]) =>
        [
          [start, Math.min(end, from)],
          [Math.max(start, to), end],
        ].filter(([a, b]) => a < b),
      ),
    spans,
  );
}

function days({ from, to }) {
  const found = [];
  for (let day = from; day < to; day = addDays(day, 1)) found.push(day);
  return found;
}

/** The part of an absence that lies on a day, in minutes; an empty list when none does. */
function part(absence, day) {
  const [first, last] = [absence.start.slice(0, 10), absence.end.slice(0, 10)];
  if (day < first || day > last) return [];
  const from = day === first ? minutesOf(absence.start.slice(11)) : 0;
  const to = day === last ? minutesOf(absence.end.slice(11)) : 1440;
  return from < to ? [[from, to]] : [];
}

/** A room is open as long as nobody says that it is not. */
export function openOn(state, calendar, day) {
  if (state.isRoom(calendar)) return [[0, 1440]];
  return (state.data.hours[calendar]?.[day] ?? []).map(([start, end]) => [minutesOf(start), minutesOf(end)]);
}

export const absentOn = (state, calendar, day) =>
  state.data.absences.filter((item) => item.calendar === calendar).flatMap((item) => part(item, day).map((span) => ({ item, span })));

function background(id, calendar, day, [start, end], className, title = "") {
  return {
    id,
    resourceId: calendar ?? [],
    start: `${day}T${clock(start)}`,
    end: end === 1440 ? `${addDays(day, 1)}T00:00` : `${day}T${clock(end)}`,
    allDay: false,
    display: "background",
    classNames: [className],
    title,
  };
}

/** EventCalendar's background events: a column each, or one for all calendars that share it. */
export function backgroundEvents(state) {
  const ids = state.shown;
  const columns = state.columns ? ids.map((id) => [id]) : [ids];
  const found = [];
  for (const day of days(state.data)) {
    for (const column of columns) {
      const at = state.columns ? column[0] : null;
      const open = column.flatMap((id) => without(openOn(state, id, day), absentOn(state, id, day).map(({ span }) => span)));
      const absences = column.length === 1 ? absentOn(state, column[0], day) : [];
      const holiday = state.data.holidays[day];
      const closed = without([[0, 1440]], [...open, ...absences.map(({ span }) => span)]);
      closed.forEach((span, n) => {
        found.push(background(`closed-${day}-${at}-${n}`, at, day, span, "closed", n === 0 && holiday ? holiday : ""));
      });
      absences.forEach(({ item, span }, n) => {
        const text = item.note ? `${state.setup.words.absent}: ${item.note}` : state.setup.words.absent;
        found.push(background(`${item.id}-${day}-${n}`, at, day, span, "absence", text));
      });
    }
  }
  return found;
}

/** The hours of the day that the grid shows: what is open on any of its days, and 8 to 18 when nothing is. */
export function openLimits(state) {
  const spans = Object.values(state.data.hours).flatMap((byDay) => Object.values(byDay).flat());
  if (!spans.length) return { min: 8, max: 18 };
  const min = Math.min(...spans.map(([start]) => minutesOf(start)));
  const max = Math.max(...spans.map(([, end]) => minutesOf(end)));
  return { min: Math.floor(min / 60), max: Math.ceil(max / 60) };
}
