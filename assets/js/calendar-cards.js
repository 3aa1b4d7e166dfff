// What a card says. Visible first: a spoken name that starts otherwise would not match what speech control users see.
import { hidden, icon, node } from "./calendar-dom.js";
import { format, lengthOf } from "./calendar-time.js";

const ROOM = { 24: [8, 16], 32: [16, 16], 44: [18, 20] }; // px by zoom: a card's border and padding, a line of it

/** "Müller, Anna, …, Montag, 23. November, 08:00 bis 08:15 Uhr, Dr. Kaya, gebucht" after what is to be seen. */
function spoken(item, state) {
  const { words } = state.setup;
  const day = format(state.locale, { weekday: "long", day: "numeric", month: "long" }).format(new Date(`${item.start}Z`));
  const range = words.range.replace("%(start)s", item.start.slice(11)).replace("%(end)s", item.end.slice(11));
  const who = item.calendar.practitioner || item.calendar.name;
  const status = item.kind === "appointment" ? words.status[item.status].word : "";
  const flags = flagsOf(item).map((name) => words.flags[name]?.word);
  return [day, range, who, item.reason?.name, item.part, status, ...flags].filter(Boolean).join(", ");
}

const flagsOf = (item) => item.flags ?? (item.origin === "online" ? ["online"] : []);

/** The flags' icons; their words are in the spoken part. */
function flagNodes(item, state) {
  const { flags } = state.setup.words;
  const icons = flagsOf(item).filter((name) => flags[name]).map((name) => icon(state, flags[name].icon));
  return icons.length ? [node("span", "card-flags", ...icons)] : [];
}

function birthDate(item, state) {
  if (!/^\d{4}-\d\d-\d\d$/.test(item.born)) return "";
  const [year, month, day] = item.born.split("-");
  return state.setup.words.born.replace("%(date)s", `${day}.${month}.${year}`);
}

/** The children of EventCalendar's event body. */
export function cardNodes(event, state) {
  if (event.display === "background") return event.title ? [node("span", "background-text", event.title)] : [];
  const item = event.extendedProps;
  if (item.kind === "block") return blockNodes(item, state);
  const { words } = state.setup;
  const [frame, line] = ROOM[state.slotHeight];
  const lines = Math.floor(((lengthOf(item) / state.setup.slot) * state.slotHeight - frame) / line);
  const inRoom = item.column !== item.calendar.id; // there it matters whose visit it is
  const code = state.mixed || inRoom ? item.calendar.short : (item.reason?.code ?? "");
  const name = node("span", "card-name", node("bdi", "", item.name));
  const top = node("span", "card-top", icon(state, words.status[item.status].icon));
  if (flagsOf(item).includes("overbooked")) top.append(node("span", "card-mark", words.overbooked_mark));
  top.append(name);
  if (!state.mixed || lines < 2) top.append(node("span", "card-code", code));
  const flags = flagNodes(item, state);
  const times = `${item.start.slice(11)}–${item.end.slice(11)}`;
  const rows = [
    state.mixed ? [code, times, item.part, item.reason?.name] : [times, item.part, item.reason?.name],
    [birthDate(item, state)],
    [item.rooms.filter((room) => room !== item.column).map((room) => state.data.rooms[room]).filter(Boolean).join(", ")],
  ].map((parts) => parts.filter(Boolean).join(" "));
  const more = rows.filter(Boolean).slice(0, Math.max(0, lines - 1));
  const body = more.map((text, at) => {
    const row = node("span", "card-line", node("span", "text", text));
    if (at === 0) row.append(...flags);
    return row;
  });
  if (body.length) top.classList.add("has-lines");
  else top.append(...flags);
  const button = node("button", "card-button", top, ...body, hidden(`, ${spoken(item, state)}`));
  button.type = "button";
  button.tabIndex = -1;
  button.dataset.id = item.id;
  button.dataset.resource = item.column;
  button.title = [item.name, times, item.calendar.name, item.reason?.name].filter(Boolean).join(", ");
  return [button];
}

function blockNodes(item, state) {
  const { words } = state.setup;
  const text = item.status === "held" ? words.held.replace("%(time)s", item.until) : words[item.status];
  const top = node("span", "card-top", icon(state, item.status === "held" ? "hourglass" : "lock"), node("span", "card-name", text));
  return [node("div", "card-button card-block", top, hidden(`, ${spoken(item, state)}`))];
}

/** A day's head in the week: weekday, date, holiday, who is absent. */
export function hoursNodes(date, state) {
  const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
  const text = format(state.locale, { weekday: "short", day: "numeric", month: "numeric" }).format(new Date(`${day}T00:00Z`));
  const nodes = [node("span", "column-name", text)];
  const notes = [];
  if (state.data.holidays[day]) notes.push(state.data.holidays[day]);
  if (state.mixed) {
    const absent = state.data.absences.filter((item) => item.start.slice(0, 10) <= day && day < lastDay(item));
    const names = absent.map((item) => state.resources.get(item.calendar).short);
    if (names.length) notes.push(`${state.setup.words.absent}: ${[...new Set(names)].join(", ")}`);
  }
  if (notes.length) {
    const more = node("span", "column-more", notes.join(", "));
    more.title = notes.join(", ");
    nodes.push(more);
  }
  return { domNodes: nodes };
}

function lastDay(absence) {
  // An absence that ends at midnight does not touch the next day; the day after is what this returns.
  const day = absence.end.slice(0, 10);
  return absence.end.slice(11) === "00:00" ? day : `${day}~`;
}
