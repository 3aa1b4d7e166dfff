// The clinic staff's calendar: day and week. The server sends the first days with the page; the rest is fetched.
//
// Each part is a module that gets `app` and hangs what others need on it:
//   state, root          set-up and data (calendar-state.js)
//   feed, view           fetching and applying by id; EventCalendar, show() puts the data on the screen
//   columns, cursor      where moments lie in the grid; the one tab stop
//   navigation, panel    go to a day; what is shown beside the grid
//   actions, notice      changing appointments; what happened, with undo
//   drag, move, ghost    by pointer; by keys or one click; where something would be
//   menu, clipboard, choice, keymap
//   events               "drawn" (cards are in the page), "shown" (data were put in), "turned" (another day), "idle"
//   busy(), whenIdle(f)  while something is dragged or moved, what comes from elsewhere waits
import { createActions } from "./calendar-actions.js";
import { createChoice, createClipboard } from "./calendar-clipboard.js";
import { createColumns } from "./calendar-columns.js";
import { createCursor } from "./calendar-cursor.js";
import { createDrag } from "./calendar-drag.js";
import { createFeed } from "./calendar-feed.js";
import { watchForm, watchPanel } from "./calendar-beside.js";
import { createGhost } from "./calendar-ghost.js";
import { createKeymap } from "./calendar-keymap.js";
import { createMenu } from "./calendar-menu.js";
import { createMove } from "./calendar-move.js";
import { createNavigation } from "./calendar-navigation.js";
import { watchGrid } from "./calendar-live.js";
import { createNotice } from "./calendar-notice.js";
import { createPanel } from "./calendar-panel.js";
import { createState } from "./calendar-state.js";
import { createView } from "./calendar-view.js";
import { storedZoom, watchZoom } from "./calendar-zoom.js";

const root = document.getElementById("calendar");
const state = createState(root);

if (state.setup.narrow && matchMedia("(max-width: 47.99rem)").matches) {
  location.replace(state.setup.narrow); // a phone, or 400 %: the list is the view that fits
} else if (state.shown.length) {
  start();
}

function start() {
  const app = { root, state, events: new EventTarget() };
  addWaiting(app);
  state.slotHeight = storedZoom(root, state.setup.zoom);
  app.feed = createFeed(app);
  app.drag = createDrag(app);
  app.view = createView(app, app.drag.options);
  app.columns = createColumns(app);
  app.ghost = createGhost(app);
  app.ghostNodes = app.ghost.nodes;
  app.navigation = createNavigation(app);
  app.notice = createNotice(app);
  app.cursor = createCursor(app);
  app.panel = createPanel({
    failed: state.setup.words.panel_failed,
    focusBack: (id) => app.cursor.toCard(id) || app.cursor.focus(),
    changed: () => {
      if (!app.move.active()) app.ghost.hide();
      beside.mark();
    },
  });
  app.actions = createActions(app);
  app.move = createMove(app);
  app.clipboard = createClipboard(app);
  app.choice = createChoice(app);
  app.menu = createMenu(app);
  app.keymap = createKeymap(app);
  app.refresh = async () => (await app.feed.load(state.data.from)) && app.view.show({ sameDays: true });
  watchZoom(app);
  watchGrid(app);
  watchForm(app);
  const beside = watchPanel(app);

  app.view.grid.addEventListener("click", (event) => {
    if (app.drag.dragged()) return; // the end of a drag
    const card = event.target.closest("button.card-button");
    if (card && (event.ctrlKey || event.metaKey)) app.choice.toggle(card);
    else if (card && event.shiftKey) app.choice.extend(card);
    else if (card) app.panel.open(card.dataset.id);
    else if (event.target.closest("[data-slot]")) app.actions.create(app.cursor.place());
  });
  document.addEventListener("appointments-changed", () => app.whenIdle(app.refresh));
}

/** Whoever changes cards while a pointer holds one would take it away: so others wait until nothing is under way. */
function addWaiting(app) {
  let busy = false;
  app.busy = () => busy;
  app.setBusy = (now) => {
    busy = now;
    if (!now) app.events.dispatchEvent(new Event("idle"));
  };
  app.whenIdle = (act) => (busy ? app.events.addEventListener("idle", act, { once: true }) : act());
  app.whenDrawn = (act) => {
    const once = () => {
      clearTimeout(timer);
      app.events.removeEventListener("drawn", once);
      act();
    };
    const timer = setTimeout(once, 150); // nothing had to be drawn
    app.events.addEventListener("drawn", once);
  };
}
