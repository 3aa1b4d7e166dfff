// What all parts of the calendar share: the set-up and the days that the server sent with the page.

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
    calendars: new Map(setup.calendars.map((calendar) => [calendar.id, calendar])),
  };
  state.several = setup.calendars.length > 1;
  state.mixed = !state.columns && state.several; // several calendars share the columns of a week
  return state;
}

/** Appointments that take their time. */
export const live = (state) => state.data.events.filter((event) => event.status !== "cancelled");

export function countText(state, count) {
  return state.setup.words.count[count === 1 ? "one" : "other"].replace("%(count)s", count);
}
