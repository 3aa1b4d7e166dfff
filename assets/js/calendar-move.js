// Moving without dragging: a ghost that arrow keys or one click put in its place. Also what follows cutting and copying.
import { button, filled, icon, node } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";
import { lengthOf, minutesOf, moment } from "./calendar-time.js";

/** `start(id)` begins; `key(name)` is an arrow, "drop", "longer" …; `active()`; `stop()` gives up. */
export function createMove(app) {
  const { state, columns } = app;
  const { words, slot } = state.setup;
  const handle = node("button", "move-handle"); // has focus while something is moved; the ghost shows where
  handle.type = "button";
  const length = node("span", "move-length");
  let under = null; // {event, column, at, minutes}

  function start(id) {
    const event = app.feed.find(id);
    if (!event?.may || event.status === "cancelled") return say(words.forbidden);
    const column = columns.ofEvent(event, columns.list()[app.cursor.place().column]?.calendar);
    under = { event, column, at: minutesOf(event.start), minutes: lengthOf(event) };
    app.view.grid.classList.add("is-moving");
    app.cursor.all(id).forEach((card) => card.closest(".ec-event").classList.add("is-lifted"));
    const name = node("span", "visually-hidden", filled(words.moving, { name: event.name }));
    handle.replaceChildren(name);
    draw();
    handle.focus({ preventScroll: true });
    hint();
    app.setBusy(true);
  }

  function target() {
    const { day, calendar } = columns.list()[under.column];
    return { ...columns.placeFor(under.event, calendar), start: moment(day, under.at), minutes: under.minutes, column: under.column, name: under.event.name };
  }

  function draw() {
    length.textContent = filled(words.minutes, { count: under.minutes });
    columns.place(handle, under.column, under.at, under.minutes);
    app.ghost.show(target(), { appointment: under.event.id });
    handle.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function hint() {
    const small = (name, label, step) =>
      button("btn btn-secondary btn-icon", [icon(state, name), node("span", "visually-hidden", label)], () => key(step));
    app.notice.hint(filled(words.moving_hint, { name: under.event.name }), [
      small("dash-lg", words.shorter, "shorter"),
      length,
      small("plus-lg", words.longer, "longer"),
      button("btn btn-secondary", words.abort, () => stop()),
    ]);
  }

  const MOVES = {
    left: () => (under.column = Math.max(0, under.column - 1)),
    right: () => (under.column = Math.min(columns.list().length - 1, under.column + 1)),
    first: () => (under.column = 0),
    last: () => (under.column = columns.list().length - 1),
    up: () => (under.at -= slot),
    down: () => (under.at += slot),
    start: () => (under.at = columns.limits().min),
    end: () => (under.at = columns.limits().max - under.minutes),
    longer: () => (under.minutes += slot),
    shorter: () => (under.minutes = Math.max(slot, under.minutes - slot)),
  };

  function key(name) {
    if (name === "drop") return drop();
    if (name === "abort") return stop();
    if (name === "previous" || name === "next") return turn(name === "next" ? 1 : -1);
    MOVES[name]?.();
    const { min, max } = columns.limits();
    under.at = Math.min(Math.max(under.at, min), Math.max(min, max - under.minutes));
    draw();
  }

  async function turn(step) {
    await app.navigation.go(app.navigation.shifted(step));
    app.whenDrawn(() => {
      draw();
      handle.focus({ preventScroll: true });
    });
  }

  function drop() {
    const { event } = under;
    const place = target();
    const now = app.feed.find(event.id) ?? event;
    stop({ back: false });
    if (state.isAt(now, place)) return app.cursor.toCard(event.id);
    app.cursor.toTime(place.column, minutesOf(place.start), { focus: true });
    return app.actions.move(now, place).then(() => {
      if (app.view.grid.contains(document.activeElement)) app.whenDrawn(() => app.cursor.toCard(event.id));
    });
  }

  function stop({ back = true } = {}) {
    if (!under) return;
    const { event } = under;
    under = null;
    app.view.grid.classList.remove("is-moving");
    app.view.grid.querySelectorAll(".is-lifted").forEach((card) => card.classList.remove("is-lifted"));
    app.ghost.hide();
    handle.remove();
    app.notice.close();
    app.setBusy(false);
    if (back && !app.cursor.toCard(event.id)) app.cursor.focus();
    if (back) say(words.aborted);
  }

  // One click on the target; the ghost follows the pointer there.
  app.view.grid.addEventListener("pointermove", (pointer) => {
    if (!under || pointer.pointerType === "touch") return;
    const there = columns.at(pointer.clientX, pointer.clientY);
    if (!there || (there.column === under.column && there.at === under.at)) return;
    Object.assign(under, there);
    app.ghost.show(target(), { appointment: under.event.id });
  });
  app.view.grid.addEventListener(
    "click",
    (click) => {
      if (!under || click.detail === 0) return; // detail 0: Enter on the handle
      click.preventDefault();
      click.stopPropagation();
      const there = columns.at(click.clientX, click.clientY);
      if (there) Object.assign(under, there);
      drop();
    },
    true,
  );

  return { start, key, stop, active: () => under !== null };
}
