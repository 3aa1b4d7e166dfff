// The clinic staff's calendar: day and week. The server sends the first days with the page; the rest is fetched.
import { cardNodes, hoursNodes } from "./calendar-cards.js";
import { backgroundEvents, openLimits } from "./calendar-hours.js";
import { CardKeys } from "./calendar-keys.js";
import { createPanel, say } from "./calendar-panel.js";

const ZOOM_KEY = "calendar-zoom"; // no personal data: a number of pixels
const root = document.getElementById("calendar");
const setup = JSON.parse(document.getElementById("calendar-setup").textContent);
const notes = document.getElementById("calendar-notes");
const zoom = document.getElementById("zoom");
const state = {
  setup,
  data: JSON.parse(document.getElementById("calendar-data").textContent),
  columns: setup.view === "resourceTimeGridDay",
  locale: document.documentElement.lang === "en" ? "en-GB" : "de",
  slotHeight: 24,
  icons: root.dataset.icons,
  calendars: new Map(setup.calendars.map((calendar) => [calendar.id, calendar])),
};
state.several = setup.calendars.length > 1;
state.mixed = !state.columns && state.several; // several calendars share the columns of a week

if (setup.narrow && matchMedia("(max-width: 47.99rem)").matches) {
  location.replace(setup.narrow); // a phone, or 400 %: the list is the view that fits
} else if (setup.calendars.length) {
  start();
}

function start() {
  state.slotHeight = storedZoom();
  const calendar = EventCalendar.create(root, options());
  const grid = root.querySelector(".ec");
  const panel = createPanel({
    failed: setup.words.panel_failed,
    focusBack: (id) => keys.focusCard(id),
  });
  const keys = new CardKeys(grid, { open: panel.open, page: (step) => go(shifted(step), { focus: true }) });

  function tidy() {
    // EventCalendar says "table" without being one; its own words are put in place of that.
    grid.setAttribute("role", "group");
    grid.setAttribute("aria-labelledby", "calendar-title");
    grid.querySelectorAll("[role=row], [role=rowgroup], [role=cell], [role=columnheader], [aria-colindex]").forEach((node) => {
      node.removeAttribute("role");
      node.removeAttribute("aria-colindex");
      node.removeAttribute("aria-colspan");
    });
    const main = grid.querySelector(".ec-main");
    if (main) {
      const empty = !grid.querySelector("button.card-button");
      main.toggleAttribute("tabindex", empty); // with nothing to focus inside, it must scroll by itself
      if (empty) main.tabIndex = 0;
    }
    keys.refresh();
  }

  function options() {
    const clock = { hour: "2-digit", minute: "2-digit", hour12: false };
    return {
      view: setup.view,
      date: state.data.from,
      timeZone: setup.offset,
      locale: state.locale,
      firstDay: 1,
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
      eventContent: ({ event }) => ({ domNodes: cardNodes(event, state) }),
      eventDidMount: ({ event, el }) => {
        if (event.display === "background" && !event.title) el.setAttribute("aria-hidden", "true");
      },
      eventAllUpdated: () => tidy(),
      resources: resources(),
      events: events(),
      columnWidth: columnWidth(),
      ...limits(),
    };
  }

  function limits() {
    const { min, max } = openLimits(state);
    const now = new Date(Date.now() + offsetMinutes() * 60_000);
    const today = state.data.from <= setup.today && setup.today < state.data.to;
    const hour = now.getUTCHours();
    const scroll = today && min < hour && hour < max ? hour - 1 : min;
    const text = (hour) => `${String(hour).padStart(2, "0")}:00`;
    return { slotMinTime: text(min), slotMaxTime: text(max), scrollTime: text(scroll) };
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

  function offsetMinutes() {
    const [, sign, hours, minutes] = setup.offset.match(/([+-])(\d\d):(\d\d)/);
    return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  }

  function shifted(step) {
    if (step === 0) return setup.today;
    const date = new Date(`${state.data.from}T00:00Z`);
    date.setUTCDate(date.getUTCDate() + step * setup.days);
    return date.toISOString().slice(0, 10);
  }

  let asked = 0;
  async function load(first) {
    const number = ++asked;
    const last = new Date(`${first}T00:00Z`);
    last.setUTCDate(last.getUTCDate() + setup.days);
    const query = new URLSearchParams({
      calendars: setup.calendars.map((item) => item.id).join(","),
      from: first,
      to: last.toISOString().slice(0, 10),
    });
    root.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${setup.addresses.events}?${query}`, { headers: { Accept: "application/json" } });
      if (number !== asked) return false; // a later click overtook this one
      if (response.status === 403) location.reload(); // signed out meanwhile: the page leads to the sign-in
      if (!response.ok) throw new Error(String(response.status));
      state.data = await response.json();
    } catch {
      if (number === asked) fail(setup.words.failed);
      return false;
    } finally {
      if (number === asked) root.removeAttribute("aria-busy");
    }
    notes.hidden = true;
    return true;
  }

  function fail(text) {
    notes.textContent = text;
    notes.hidden = false;
    say(text);
  }

  function show({ sameDays = false } = {}) {
    const { slotMinTime, slotMaxTime } = limits();
    const main = grid.querySelector(".ec-main");
    const place = [main.scrollLeft, main.scrollTop];
    if (!sameDays) {
      calendar.setOption("slotMinTime", slotMinTime);
      calendar.setOption("slotMaxTime", slotMaxTime);
      calendar.setOption("date", state.data.from);
    }
    calendar.setOption("columnWidth", columnWidth());
    if (state.columns) calendar.setOption("resources", resources());
    calendar.setOption("events", events());
    if (sameDays) requestAnimationFrame(() => main.scrollTo(...place)); // people stay where they were reading
  }

  async function go(date, { remember = true, focus = false } = {}) {
    if (!(await load(setup.days === 1 ? date : monday(date)))) return;
    show();
    document.getElementById("calendar-title").textContent = state.data.title;
    const suffix = document.title.split(" – ").slice(-1)[0];
    document.title = `${state.data.title} – ${suffix}`;
    const address = dated(location.href, date);
    if (remember) history.pushState({ date }, "", address);
    updateLinks(date);
    say(`${state.data.title}: ${countText(live().length)}`);
    if (focus) setTimeout(() => keys.focusFirst());
  }

  function monday(text) {
    const date = new Date(`${text}T00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  }

  function dated(address, date) {
    const url = new URL(address, location.href);
    url.searchParams.set("date", date);
    if (!url.searchParams.has("calendars")) url.searchParams.set("calendars", [...state.calendars.keys()].join(","));
    return url.href.replaceAll("%2C", ",");
  }

  function updateLinks(date) {
    document.querySelectorAll("a[data-dated]").forEach((link) => (link.href = dated(link.href, date)));
    document.querySelectorAll("a[data-step]").forEach((link) => {
      link.href = dated(link.href, shifted(Number(link.dataset.step)));
    });
    document.querySelectorAll("[data-picker] input[name=date], #go-to").forEach((input) => (input.value = date));
  }

  function countText(count) {
    return setup.words.count[count === 1 ? "one" : "other"].replace("%(count)s", count);
  }

  function resourceNodes(resource) {
    const name = document.createElement("span");
    name.className = "column-name";
    name.textContent = resource.title;
    const more = document.createElement("span");
    more.className = "column-more";
    more.textContent = resource.extendedProps.more;
    return [name, more];
  }

  function resources() {
    if (!state.columns) return [];
    const counts = new Map();
    for (const event of live()) counts.set(event.calendar, (counts.get(event.calendar) ?? 0) + 1);
    const units = new Set(setup.calendars.map((item) => item.unit));
    return setup.calendars.map((item) => ({
      id: item.id,
      title: item.name,
      extendedProps: {
        more: [countText(counts.get(item.id) ?? 0), units.size > 1 ? item.unit : ""].filter(Boolean).join(", "),
      },
    }));
  }

  function live() {
    return state.data.events.filter((event) => event.status !== "cancelled");
  }

  function events() {
    const order = new Map(setup.calendars.map((item, at) => [item.id, at]));
    const others = live();
    const cards = state.data.events
      .filter((event) => event.status !== "cancelled" || !others.some((other) => overlaps(event, other)))
      .map((event) => {
        const reason = state.data.reasons[event.reason];
        const calendar = state.calendars.get(event.calendar);
        const names = [`edge-${state.mixed ? calendar.edge : (reason?.edge ?? calendar.edge)}`, `is-${event.status}`];
        if (state.mixed && order.get(event.calendar) >= 8) names.push("edge-repeat");
        return card(event, names, { kind: "appointment", ...event, reason, calendar });
      });
    const blocks = state.data.blocks.map((block) =>
      card(block, [`edge-${state.calendars.get(block.calendar).edge}`, `is-${block.status}`], {
        kind: "block",
        ...block,
        calendar: state.calendars.get(block.calendar),
      }),
    );
    return [...cards, ...blocks, ...backgroundEvents(state)];
  }

  function card(event, classNames, extendedProps) {
    return { id: event.id, resourceId: event.calendar, start: event.start, end: event.end, classNames, extendedProps };
  }

  function overlaps(one, other) {
    return (state.mixed || one.calendar === other.calendar) && one.start < other.end && other.start < one.end;
  }

  function storedZoom() {
    let stored = 24;
    try {
      stored = Number(localStorage.getItem(ZOOM_KEY));
    } catch {
      // storage may be switched off: the zoom is then for this page only
    }
    const height = [24, 32, 44].includes(stored) ? stored : 24;
    root.classList.add(`zoom-${height}`);
    if (zoom) {
      zoom.hidden = false;
      zoom.value = String(height);
    }
    return height;
  }

  zoom?.addEventListener("change", () => {
    root.classList.remove("zoom-24", "zoom-32", "zoom-44");
    root.classList.add(`zoom-${zoom.value}`);
    state.slotHeight = Number(zoom.value);
    try {
      localStorage.setItem(ZOOM_KEY, zoom.value);
    } catch {
      // see storedZoom
    }
    calendar.setOption("slotHeight", state.slotHeight);
    calendar.setOption("events", events()); // a card says more when there is room for more lines
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(shifted(Number(link.dataset.step)));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-day-form]")) return;
    const date = event.target.elements.date.value;
    if (!date) return; // the server says what is wrong
    event.preventDefault();
    go(date);
  });
  window.addEventListener("popstate", (event) => {
    const date = event.state?.date ?? new URL(location.href).searchParams.get("date") ?? setup.date;
    go(date, { remember: false });
  });
  document.addEventListener("appointments-changed", async () => {
    if (await load(state.data.from)) show({ sameDays: true });
  });
}
