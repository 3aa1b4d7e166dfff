// Copy, cut and paste of appointments, and the selection. Kept in the page only: nothing of it reaches the device's clipboard.
import { button, filled } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";
import { dayOf, lengthOf } from "./calendar-time.js";

/** `copy(id)`, `cut(id)`, `paste()` at the cursor. */
export function createClipboard(app) {
  const { state, columns } = app;
  const { words } = state.setup;
  let held = null; // {event, cut}

  function copy(id) {
    const event = app.feed.find(id);
    if (!event) return;
    held = { event, cut: false };
    mark();
    say(filled(words.copied, { name: event.name }));
  }

  function cut(id) {
    const event = app.feed.find(id);
    if (!event?.may) return say(words.forbidden);
    held = { event, cut: true };
    mark();
    say(filled(words.cut, { name: event.name }));
  }

  async function paste() {
    if (!held) return say(words.nothing_copied);
    const place = app.cursor.place();
    const { event } = held;
    if (!held.cut) {
      app.actions.create({ ...place, minutes: lengthOf(event) }, { copy: event.id });
      return;
    }
    const there = columns.placeFor(event, state.columns ? columns.list()[place.column].calendar : null); // a week's columns are days
    held = null;
    mark();
    await app.actions.move(app.feed.find(event.id) ?? event, { ...there, start: place.start, minutes: lengthOf(event) });
    app.whenDrawn(() => app.view.grid.contains(document.activeElement) && app.cursor.toCard(event.id));
  }

  function mark() {
    app.view.grid.querySelectorAll(".is-cut").forEach((card) => card.classList.remove("is-cut"));
    if (held?.cut) app.cursor.all(held.event.id).forEach((card) => card.closest(".ec-event").classList.add("is-cut"));
  }

  app.events.addEventListener("drawn", mark);
  return { copy, cut, paste };
}

/** Several cards chosen with the space bar, Ctrl or Shift and a click: what is done then is done to all of them. */
export function createChoice(app) {
  const { words, addresses } = app.state.setup;
  const chosen = new Set();
  let anchor = null; // the card that was chosen last

  function toggle(card) {
    const { id } = card.dataset;
    if (!chosen.delete(id)) chosen.add(id);
    tell(card, chosen.has(id) ? words.chosen : words.unchosen);
  }

  /** All from the card chosen last to this one, where both are in one column of one day; else this one alone. */
  function extend(card) {
    const [from, to] = [anchor?.id, card.dataset.id].map(app.feed.find);
    if (!from || !chosen.has(from.id) || anchor.resource !== card.dataset.resource || dayOf(from.start) !== dayOf(to.start)) return toggle(card);
    const [first, last] = [from.start, to.start].sort();
    for (const { dataset } of app.view.grid.querySelectorAll(`button.card-button[data-resource="${card.dataset.resource}"]`)) {
      const event = app.feed.find(dataset.id);
      if (dayOf(event.start) === dayOf(to.start) && first <= event.start && event.start <= last && event.status !== "cancelled") chosen.add(event.id);
    }
    tell(card, words.chosen);
  }

  function tell(card, sentence) {
    anchor = card.dataset;
    mark();
    offer();
    say(filled(sentence, { name: app.feed.find(anchor.id)?.name ?? "", count: chosen.size }));
  }

  function clear() {
    if (!chosen.size) return false;
    chosen.clear();
    mark();
    offer();
    say(words.none_chosen);
    return true;
  }

  /** What can be done to all of them, from two on. */
  function offer() {
    if (chosen.size < 2) return app.notice.close();
    app.notice.hint(filled(words.chosen_count, { count: chosen.size }), [
      button("btn btn-secondary", words.chosen_act, open),
      button("btn btn-quiet", words.chosen_clear, () => clear() && app.cursor.focus()),
    ]);
  }

  function open() {
    app.panel.openForm(`${addresses.chosen}?${new URLSearchParams({ ids: [...chosen].join(",") })}`);
  }

  /** Move, cancel: true when several are chosen and it is about all of them. */
  function together() {
    if (chosen.size < 2) return false;
    open();
    return true;
  }

  function mark() {
    for (const button of app.view.grid.querySelectorAll("button.card-button[aria-pressed]")) {
      button.removeAttribute("aria-pressed");
      button.closest(".ec-event").classList.remove("is-selected");
    }
    for (const id of chosen) {
      for (const button of app.cursor.all(id)) {
        button.setAttribute("aria-pressed", "true");
        button.closest(".ec-event").classList.add("is-selected");
      }
    }
  }

  app.events.addEventListener("drawn", mark);
  document.addEventListener("appointments-changed", () => {
    chosen.clear();
    mark();
  });
  return { toggle, extend, clear, together, ids: (id) => (chosen.size ? [...chosen] : [id]) };
}
