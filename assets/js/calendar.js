// The clinic staff's calendar: day and week. The server sends the first days with the page; the rest is fetched.
//
// Each part is a module that gets `app` and hangs what others need on it:
//   state, root       set-up and data (calendar-state.js)
//   feed              load, apply changes by id (calendar-feed.js)
//   view              EventCalendar; show() puts the data on the screen (calendar-view.js)
//   navigation        go to a day (calendar-navigation.js)
//   keys, panel       the cursor in the grid; the panel beside it
//   events            "drawn" (cards are in the page), "shown" (data were put in), "turned" (another day)
import { createFeed } from "./calendar-feed.js";
import { CardKeys } from "./calendar-keys.js";
import { createNavigation } from "./calendar-navigation.js";
import { createPanel } from "./calendar-panel.js";
import { createState } from "./calendar-state.js";
import { createView } from "./calendar-view.js";
import { storedZoom, watchZoom } from "./calendar-zoom.js";

const root = document.getElementById("calendar");
const state = createState(root);

if (state.setup.narrow && matchMedia("(max-width: 47.99rem)").matches) {
  location.replace(state.setup.narrow); // a phone, or 400 %: the list is the view that fits
} else if (state.setup.calendars.length) {
  start();
}

function start() {
  const app = { root, state, events: new EventTarget() };
  state.slotHeight = storedZoom(root);
  app.feed = createFeed(app);
  app.view = createView(app);
  app.navigation = createNavigation(app);
  app.panel = createPanel({ failed: state.setup.words.panel_failed, focusBack: (id) => app.keys.focusCard(id) });
  app.keys = new CardKeys(app.view.grid, {
    open: app.panel.open,
    page: async (step) => (await app.navigation.go(app.navigation.shifted(step))) && setTimeout(() => app.keys.focusFirst()),
  });
  watchZoom(app);

  app.events.addEventListener("drawn", () => {
    const main = app.view.main();
    const empty = !app.view.grid.querySelector("button.card-button");
    main?.toggleAttribute("tabindex", empty); // with nothing to focus inside, it must scroll by itself
    if (main && empty) main.tabIndex = 0;
    app.keys.refresh();
  });
  document.addEventListener("appointments-changed", async () => {
    if (await app.feed.load(state.data.from)) app.view.show({ sameDays: true });
  });
}
