// EventCalendar: its options, its columns, and how new data reaches it without taking focus away.
import { cardNodes, hoursNodes } from "./calendar-cards.js";
import { openLimits } from "./calendar-hours.js";
import { difference, items } from "./calendar-items.js";
import { countText, live } from "./calendar-state.js";

/** `more`: EventCalendar's options of other parts. `view.calendar` is EventCalendar, `view.grid` its root. */
export function createView(app, more = {}) {
  const { state, root } = app;
  const { setup } = state;
  const contents = new WeakMap(); // EventCalendar asks anew after every change: an item that stays keeps its nodes
  let shown = items(state);

  const calendar = EventCalendar.create(root, { ...options(), ...more });
  const grid = root.querySelector(".ec");
  const view = { calendar, grid, show, redraw, limits, main: () => grid.querySelector(".ec-main") };
  return view;

  function options() {
    const clock = { hour: "2-digit", minute: "2-digit", hour12: false };
    return {
      view: setup.view,
      date: state.data.from,
      timeZone: setup.offset,
      locale: state.locale,
      firstDay: 1,
      hiddenDays: setup.hidden,
      headerToolbar: { start: "", center: "", end: "" },
      height: "100%",
      allDaySlot: false,
      nowIndicator: true,
      slotDuration: { minutes: setup.slot },
      slotLabelInterval: { minutes: 60 },
      slotLabelFormat: clock,
      slotHeight: state.slotHeight,
      slotEventOverlap: false,
      flexibleSlotTimeLimits: true,
      eventTimeFormat: clock,
      dayHeaderFormat: (date) => hoursNodes(date, state),
      resourceLabelContent: ({ resource }) => ({ domNodes: resourceNodes(resource) }),
      eventContent: ({ event }) => content(event),
      eventDidMount: ({ event, el }) => {
        if (event.display === "background" && !event.title) el.setAttribute("aria-hidden", "true");
      },
      eventAllUpdated: () => tidy(),
      resources: resources(),
      events: shown,
      columnWidth: columnWidth(),
      ...limits(),
    };
  }

  function content(event) {
    if (event.display === "preview") return { domNodes: app.ghostNodes?.(event) ?? [] };
    const key = event.extendedProps;
    if (!contents.has(key)) contents.set(key, { domNodes: cardNodes(event, state) });
    return contents.get(key);
  }

  /** EventCalendar says "table" without being one; our own words are put in place of that. */
  function tidy() {
    grid.setAttribute("role", "group");
    grid.setAttribute("aria-labelledby", "calendar-title");
    grid.querySelectorAll("[role=row], [role=rowgroup], [role=cell], [role=columnheader], [aria-colindex]").forEach((node) => {
      node.removeAttribute("role");
      node.removeAttribute("aria-colindex");
      node.removeAttribute("aria-colspan");
    });
    app.events.dispatchEvent(new Event("drawn"));
  }

  function limits() {
    const { min, max } = openLimits(state);
    const now = new Date(Date.now() + offsetMinutes() * 60_000);
    const today = state.data.from <= setup.today && setup.today < state.data.to;
    const hour = now.getUTCHours();
    const scroll = today && min < hour && hour < max ? hour - 1 : min;
    const text = (count) => `${String(count).padStart(2, "0")}:00`;
    return { slotMinTime: text(min), slotMaxTime: text(max), scrollTime: text(scroll) };
  }

  function offsetMinutes() {
    const [, sign, hours, minutes] = setup.offset.match(/([+-])(\d\d):(\d\d)/);
    return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  }

  /** As wide as the cards beside each other need: the grid scrolls sideways inside itself. */
  function columnWidth() {
    const rem = state.columns ? 10 : Math.max(8, 5.5 * (state.mixed ? mostAtOnce() : 1));
    return `minmax(${rem}rem, 1fr)`;
  }

  function mostAtOnce() {
    const changes = [...state.data.events, ...state.data.blocks].flatMap(({ start, end }) => [
      [start, 1],
      [end, -1],
    ]);
    changes.sort(([one, up], [other, down]) => one.localeCompare(other) || up - down);
    let [now, most] = [0, 1];
    for (const [, step] of changes) most = Math.max(most, (now += step));
    return most;
  }

  function resources() {
    if (!state.columns) return [];
    return state.shown.map((id) => ({ id, title: state.resources.get(id).name }));
  }

  function counts() {
    const found = new Map();
    for (const event of live(state)) {
      for (const id of [event.calendar, ...event.rooms]) found.set(id, (found.get(id) ?? 0) + 1);
    }
    return found;
  }

  function resourceMore(id, count) {
    const units = new Set(state.shown.map((shown) => state.resources.get(shown).unit).filter(Boolean));
    return [countText(state, count), units.size > 1 ? state.resources.get(id).unit : ""].filter(Boolean).join(", ");
  }

  function resourceNodes(resource) {
    const name = document.createElement("span");
    name.className = "column-name";
    name.textContent = name.title = resource.title;
    const more = document.createElement("span");
    more.className = "column-more";
    more.dataset.column = resource.id;
    more.textContent = resourceMore(Number(resource.id), counts().get(Number(resource.id)) ?? 0);
    return [name, more];
  }

  /** The heads say how many appointments there are; setting the resources anew would draw every card again. */
  function recount() {
    const found = counts();
    grid.querySelectorAll("[data-column]").forEach((node) => {
      const id = Number(node.dataset.column);
      node.textContent = resourceMore(id, found.get(id) ?? 0);
    });
  }

  /**
   * Put `state.data` on the screen. `sameDays`: only what differs is drawn anew, people stay where they were reading.
   */
  function show({ sameDays = false } = {}) {
    const place = [view.main().scrollLeft, view.main().scrollTop];
    const before = shown;
    shown = items(state);
    if (sameDays) {
      const { gone, added, changed } = difference(before, shown);
      gone.forEach((id) => calendar.removeEventById(id));
      changed.forEach((item) => calendar.updateEvent(item));
      added.forEach((item) => calendar.addEvent(item));
    } else {
      const { slotMinTime, slotMaxTime } = limits();
      calendar.setOption("slotMinTime", slotMinTime);
      calendar.setOption("slotMaxTime", slotMaxTime);
      calendar.setOption("date", state.data.from);
      calendar.setOption("events", shown);
    }
    calendar.setOption("columnWidth", columnWidth());
    recount();
    if (sameDays) requestAnimationFrame(() => view.main().scrollTo(...place));
    app.events.dispatchEvent(new CustomEvent("shown", { detail: { sameDays } }));
  }

  /** Draw every card again, for example when a row's height changed. */
  function redraw() {
    calendar.setOption("slotHeight", state.slotHeight);
    shown = items(state);
    calendar.setOption("events", shown);
  }
}
