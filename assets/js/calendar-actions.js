// What changes appointments: asks the server, puts its answer into the grid, says it, offers to undo it.
import { button, filled } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";
import { lengthOf } from "./calendar-time.js";

export const STATUSES = ["booked", "arrived", "in_treatment", "done", "no_show"];

/** POST a form; `{status, data}`, with status 0 when there is no connection. */
async function post(address, fields) {
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams(fields),
    });
    const json = response.headers.get("Content-Type")?.includes("json");
    return { status: response.status, data: json ? await response.json() : {} };
  } catch {
    return { status: 0, data: {} };
  }
}

export function createActions(app) {
  const { state, columns } = app;
  const { words, addresses } = state.setup;
  const waiting = new Set(); // ids of appointments whose answer is awaited

  const addressOf = (id, what) => `${addresses.appointments}${id}/${what}/`;

  /** Put an appointment as the server sent it into the grid; the cursor stays on it. */
  function take(event, { follow = true } = {}) {
    if (!event) return;
    const stood = follow && app.cursor.place().id === event.id;
    app.feed.apply({ events: [event] });
    app.view.show({ sameDays: true });
    if (stood) app.whenDrawn(() => app.cursor.toCard(event.id, { focus: document.activeElement === document.body || app.view.grid.contains(document.activeElement) }));
  }

  /**
   * Move an appointment, or change its length. `target` is `{calendar, start, minutes}`, and `room` to have that one; `revert` puts a dragged card back.
   * `force` is {outside: 1} or {overbook: 1}, which people choose after a refusal.
   */
  async function move(event, target, { revert = () => {}, force = {} } = {}) {
    if (waiting.has(event.id)) return revert();
    waiting.add(event.id);
    const fields = { calendar: target.calendar, start: target.start, minutes: target.minutes, version: event.version ?? 0, ...force };
    if (target.room) fields.room = target.room;
    const { status, data } = await post(addressOf(event.id, "move"), fields);
    waiting.delete(event.id);
    if (status === 200) return succeed(data);
    revert();
    refuse(status, data, { event, target, force });
  }

  /** Of several there is no event: the grid fetches its days again. */
  function succeed(data) {
    take(data.event);
    if (!data.event) app.refresh();
    app.notice.done(data.said, { change: data.change, name: data.event?.name });
    if (data.event) app.panel.renew(data.event.id);
  }

  /** The sentence, and what can be done about it. */
  function refuse(status, data, attempt) {
    take(data.event);
    if (status === 409 && data.kind === "stale" && attempt) return stale(data, attempt);
    if (status === 409) {
      const nearest = attempt ? (data.nearest ?? []).map((time) => nearestButton(time, attempt)) : [];
      const buttons = attempt ? (data.may ?? []).map((what) => forceButton(what, data.kind, attempt)) : [];
      return app.notice.refused(data.said ?? words.action_failed, { nearest, buttons });
    }
    const first = Object.values(data.errors ?? {}).flat()[0];
    const text = { 0: words.offline, 403: words.forbidden, 404: words.gone }[status] ?? first ?? words.action_failed;
    app.notice.refused(data.said ?? text);
    if (status === 404) app.refresh();
  }

  function nearestButton(time, { event, target }) {
    return button("btn btn-secondary", time.text, () => {
      move(app.feed.find(event.id) ?? event, { ...target, calendar: time.calendar, start: time.start });
    });
  }

  /** Against an absence the same right is needed as outside opening hours; it is called by its own name. */
  function forceButton(what, kind, { event, target, force }) {
    return button("btn btn-secondary", words.force[kind] ?? words.force[what], () => {
      move(app.feed.find(event.id) ?? event, target, { force: { ...force, [what]: 1 } });
    });
  }

  /** Somebody was quicker: the server says what it is now, beside it stands what was wanted, and a choice. */
  function stale(data, { event, target, force }) {
    const lines = [filled(words.stale_yours, { what: columns.spoken(target.room ?? target.calendar, target.start, target.minutes) })];
    const buttons = [
      button("btn btn-secondary", words.stale_mine, () => move(data.event ?? event, target, { force })),
      button("btn btn-secondary", words.stale_theirs, () => app.notice.close({ back: true })),
    ];
    app.notice.refused(data.said, { lines, buttons });
  }

  /** Of several it is one change: all of them or none. */
  async function setStatus(ids, status) {
    const events = ids.map(app.feed.find).filter(Boolean);
    if (!events.every((event) => event.may)) return say(words.forbidden);
    const [first, second] = events;
    if (!first) return;
    const answer = second
      ? await post(addresses.chosen_status, [["status", status], ...events.map(({ id, version }) => ["pick", `${id}:${version ?? 0}`])])
      : await post(addressOf(first.id, "status"), { status, version: first.version ?? 0 });
    if (answer.status !== 200) return refuse(answer.status, answer.data);
    succeed(answer.data);
  }

  async function undo(change) {
    const { status, data } = await post(addresses.undo, change ? { change } : {});
    if (status !== 200) return refuse(status, data);
    succeed(data);
    if (!app.view.grid.contains(document.activeElement)) app.cursor.focus(); // the pressed button is gone
  }

  /** Open the form for a new appointment at a place of the grid; `copy` is an appointment to book again. */
  function create({ calendar, room, start, minutes, column }, { copy } = {}) {
    const chosen = calendar ?? columns.calendarFor(column);
    if (!columns.mayCreate(chosen)) return say(words.read_only_said);
    app.notice.close();
    const query = new URLSearchParams({ calendar: chosen, start });
    if (minutes > state.setup.slot) query.set("minutes", minutes); // a single row chooses a time; the reason says how long
    if (room) query.set("room", room);
    if (copy) query.set("copy", copy);
    app.panel.openForm(`${addresses.create}?${query}`);
  }

  /** The same patient and reason again, at another time. */
  function duplicate(id) {
    create(app.cursor.place(), { copy: id });
  }

  /** Date, time and calendar in a form, for those who neither drag nor click on a time. */
  const moveByForm = (id) => app.panel.openForm(addressOf(id, "move"));

  /** The reason is asked in the panel; nothing is cancelled without it. */
  function cancel(id) {
    app.panel.open(id, { then: (body) => openCancel(body) });
  }

  function openCancel(body) {
    const details = body.querySelector("details.cancel");
    if (!details) return;
    details.open = true;
    details.querySelector("textarea, input:not([type=hidden])")?.focus();
  }

  /** One step longer or shorter. */
  function lengthen(id, steps) {
    const event = app.feed.find(id);
    const minutes = Math.max(state.setup.slot, lengthOf(event) + steps * state.setup.slot);
    if (minutes !== lengthOf(event)) return move(event, { calendar: event.calendar, start: event.start, minutes });
  }

  return { move, moveByForm, lengthen, setStatus, undo, create, duplicate, cancel, take };
}
