// Grid and panel beside each other: the ghost follows the form of a new appointment, and what the server says of its time is
// shown and spoken; the card that the panel shows is marked, and in sight.

export function watchPanel(app) {
  const panel = document.getElementById("panel-body");

  function mark() {
    app.view.grid.querySelectorAll(".is-open").forEach((card) => card.classList.remove("is-open"));
    const id = app.panel.shownId();
    if (id) app.cursor.all(id).forEach((card) => card.closest(".ec-event").classList.add("is-open"));
  }

  panel.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== panel) return;
    mark();
    const current = app.view.grid.querySelector(".ec-body [tabindex='0']"); // the panel took room from the grid
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  app.events.addEventListener("drawn", mark);
  return { mark };
}

export function watchForm(app) {
  const panel = document.getElementById("panel-body");
  const { slot, addresses } = app.state.setup;
  let followed = false;

  /** Length as typed, else as the reason takes, else a row of the grid. */
  function length({ minutes, reason }) {
    return Number(minutes.value) || Number(reason.selectedOptions?.[0]?.dataset.minutes) || slot;
  }

  function follow() {
    const form = panel.querySelector(`form[action="${addresses.create}"]`);
    const elements = form?.elements;
    if (!elements || !/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(elements.start.value)) {
      if (followed) app.ghost.hide();
      followed = false;
      return;
    }
    followed = true;
    const room = Number(elements.room?.value) || undefined;
    const target = { calendar: Number(elements.calendar.value), room, start: elements.start.value, minutes: length(elements) };
    app.ghost.show(target, elements.reason.value ? { reason: elements.reason.value } : {});
  }

  panel.addEventListener("change", follow);
  panel.addEventListener("htmx:afterSettle", follow);
  app.events.addEventListener("turned", follow); // on another day it may be out of sight
  app.events.addEventListener("idle", follow); // a drag or a move had the ghost
}
