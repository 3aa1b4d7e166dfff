// Dragging with a pointer: cards to another time, column or length; free time for something new. EventCalendar draws it.
import { say } from "./calendar-panel.js";
import { minutesBetween, minutesOf, momentOf } from "./calendar-time.js";

/** EventCalendar's options for it, and `dragged()`: true while and just after a pointer dragged. */
export function createDrag(app) {
  const { state } = app;
  const { words } = state.setup;
  let dragging = false;
  let aborted = false;

  const targetOf = ({ start, end }, place) => ({
    ...place,
    start: momentOf(start),
    minutes: minutesBetween(momentOf(start), momentOf(end)),
  });
  const placeOf = (event, before) => app.columns.placeFor(before, Number(event.resourceIds[0]) || null);

  function begin() {
    dragging = true;
    aborted = false;
    app.menu.hide();
    app.setBusy(true);
  }

  function end() {
    app.ghost.hide();
    app.setBusy(false);
    setTimeout(() => (dragging = false)); // a click that belongs to the drag comes first
  }

  function follow({ event, oldEvent }) {
    const { id, name, calendar } = oldEvent.extendedProps;
    const target = targetOf(event, placeOf(event, app.feed.find(id) ?? { calendar: calendar.id }));
    app.ghost.follow({ ...target, name }, { appointment: id });
    return true;
  }

  function drop({ event, oldEvent, revert }) {
    end();
    const before = app.feed.find(oldEvent.extendedProps.id);
    const target = before && targetOf(event, placeOf(event, before));
    if (aborted || !before || state.isAt(before, target)) {
      revert();
      if (aborted) say(words.aborted);
      return;
    }
    app.actions.move(before, target, { revert });
  }

  /** A range of free time: the form for something new. */
  function select({ start, end: until, resource }) {
    end();
    app.view.calendar.unselect();
    if (app.move.active()) return;
    const column = app.columns.of(resource ? Number(resource.id) : null, momentOf(start));
    const minutes = minutesBetween(momentOf(start), momentOf(until));
    if (aborted || column < 0) return;
    openForm(column, momentOf(start), minutes);
  }

  function openForm(column, start, minutes) {
    app.cursor.toTime(column, minutesOf(start), { focus: true });
    if (minutes > state.setup.slot) app.cursor.toTime(column, minutesOf(start) + minutes - state.setup.slot, { until: true });
    app.actions.create(app.cursor.place());
  }

  /** A click on free time; with Shift it extends what is chosen. */
  function click({ date, resource, jsEvent }) {
    if (app.move.active()) return;
    const column = app.columns.of(resource ? Number(resource.id) : null, momentOf(date));
    if (column < 0) return;
    app.cursor.toTime(column, minutesOf(momentOf(date)), { until: jsEvent.shiftKey });
    app.actions.create(app.cursor.place());
  }

  window.addEventListener("pointercancel", () => dragging && end()); // a touch that became scrolling
  // Esc while the pointer is down: nothing is changed.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !dragging || !app.view.grid.matches(".ec-dragging, .ec-resizing-y, .ec-selecting")) return;
      event.preventDefault();
      event.stopPropagation();
      aborted = true;
      window.dispatchEvent(new PointerEvent("pointerup", { isPrimary: true }));
    },
    true,
  );

  return {
    dragged: () => dragging,
    options: {
      selectable: true,
      eventStartEditable: false, // each card says it for itself
      eventDurationEditable: false,
      longPressDelay: 500,
      eventDragStart: begin,
      eventResizeStart: begin,
      dragConstraint: follow,
      resizeConstraint: follow,
      eventDrop: drop,
      eventResize: drop,
      selectConstraint: (info) => {
        if (!dragging) begin();
        const column = app.columns.of(info.resource ? Number(info.resource.id) : null, momentOf(info.start));
        const calendar = app.columns.calendarFor(column);
        if (!app.columns.mayCreate(calendar)) return false;
        app.ghost.follow(targetOf(info, { calendar, room: app.columns.roomFor(column) }), {});
        return true;
      },
      select,
      dateClick: click,
    },
  };
}
