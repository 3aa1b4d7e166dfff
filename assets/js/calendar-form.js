// The ghost follows the form of a new appointment: what the server says of its time is shown in the grid and spoken.

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
    const target = { calendar: Number(elements.calendar.value), start: elements.start.value, minutes: length(elements) };
    app.ghost.show(target, elements.reason.value ? { reason: elements.reason.value } : {});
  }

  panel.addEventListener("change", follow);
  panel.addEventListener("htmx:afterSettle", follow);
  app.events.addEventListener("turned", follow); // on another day it may be out of sight
}
