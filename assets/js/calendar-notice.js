// What just happened, below the grid: stays until the next thing happens or it is closed. No time limit.
import { button, icon, node } from "./calendar-dom.js";
import { say } from "./calendar-panel.js";

/**
 * `done(text, {change, name})` offers to undo, `refused(text, {nearest, buttons})` takes focus and offers ways on,
 * `hint(text, buttons)` goes with something under way, `close()` puts it away.
 */
export function createNotice(app) {
  const { state } = app;
  const { words, addresses } = state.setup;
  const region = document.getElementById("calendar-notice");

  function fill(kind, text, nodes, { closable = true } = {}) {
    const symbols = { success: "check-circle", danger: "exclamation-circle", warning: "exclamation-triangle", info: "info-circle" };
    const sentence = node("p", "notice-text", ...[text].flat());
    const parts = node("div", "notice-actions", ...nodes);
    region.className = `calendar-notice notice notice-${kind}`;
    region.replaceChildren(icon(state, symbols[kind]), sentence, parts);
    if (closable) {
      const label = node("span", "visually-hidden", words.close);
      parts.append(button("btn btn-quiet btn-icon", [icon(state, "x-lg"), label], () => close({ back: true })));
    }
    region.hidden = false;
    keepInSight();
    return sentence;
  }

  /** The grid is a little lower now: what has focus must not be below its edge. */
  function keepInSight() {
    const focused = document.activeElement;
    if (app.view.grid.contains(focused)) requestAnimationFrame(() => focused.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }

  /** `name`: whose appointment it was. */
  function done(text, { change, name = "" } = {}) {
    const changes = node("a", "", words.changes);
    changes.href = addresses.changes;
    changes.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      app.panel.openForm(addresses.changes);
    });
    const undo = change
      ? [button("btn btn-secondary", [icon(state, "arrow-counterclockwise"), words.undo], () => app.actions.undo(change))]
      : [];
    fill("success", name ? [node("bdi", "", name), `: ${text}`] : text, [...undo, changes]);
    say([name && `${name}:`, text, change && words.undo_key].filter(Boolean).join(" "));
  }

  /** Someone must decide: focus comes here, Esc or closing gives it back to the grid. `lines` are further sentences. */
  function refused(text, { lines = [], nearest = [], buttons = [] } = {}) {
    const sentence = fill("danger", text, buttons);
    if (lines.length) sentence.append(...lines.flatMap((line) => [document.createElement("br"), line]));
    if (nearest.length) {
      const list = node("span", "notice-nearest", node("span", "notice-label", words.nearest), ...nearest);
      sentence.after(list);
    }
    region.focus();
  }

  function hint(text, buttons) {
    fill("info", text, buttons, { closable: false });
  }

  function close({ back = false } = {}) {
    if (region.hidden) return;
    region.hidden = true;
    region.replaceChildren();
    if (back) app.cursor.focus();
  }

  region.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || app.move?.active()) return;
    event.preventDefault();
    close({ back: true });
  });
  return { done, refused, hint, close, region };
}
