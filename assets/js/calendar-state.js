// What all parts of the calendar share: the set-up and the days that the server sent with the page.
import { lengthOf } from "./calendar-time.js";

/** `root` is the element that holds the grid. `state.data` is the feed's last answer. */
export function createState(root) {
  const setup = JSON.parse(document.getElementById("calendar-setup").textContent);
  const state = {
    setup,
    data: JSON.parse(document.getElementById("calendar-data").textContent),
    columns: setup.view === "resourceTimeGridDay", // a column for each calendar; otherwise for each day
    locale: document.documentElement.lang === "en" ? "en-GB" : "de",
    slotHeight: 24,
    icons: root.dataset.icons,
    resources: new Map(setup.resources.map((resource) => [resource.id, resource])), // calendars, rooms and devices
    shown: setup.shown, // ids, in the order of the columns
  };
  state.several = setup.shown.length > 1;
  state.mixed = !state.columns && state.several; // several calendars share the columns of a week
  state.isRoom = (id) => state.resources.get(id).kind !== "calendar"; // or a device: a visit is in it, and in a calendar
  state.isIn = (event, id) => event.calendar === id || (event.rooms ?? []).includes(id);
  state.isAt = (event, { calendar, room, start, minutes }) =>
    calendar === event.calendar && (!room || event.rooms.includes(room)) && start === event.start && minutes === lengthOf(event);
  return state;
}

/** Appointments that take their time. */
export const live = (state) => state.data.events.filter((event) => event.status !== "cancelled");

export function countText(state, count) {
  return state.setup.words.count[count === 1 ? "one" : "other"].replace("%(count)s", count);
}
