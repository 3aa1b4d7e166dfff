// The keys of the grid. They work only while focus is in it; those that type a character can be switched off.
import { STATUSES } from "./calendar-actions.js";

const OFF = "calendar-keys-off"; // "1" or nothing: no personal data
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/** `enabled()`: whether single keys work. */
export function createKeymap(app) {
  const { navigation, view } = app;
  const help = document.getElementById("calendar-keys");
  const off = help.querySelector("[data-keys-off]");
  off.checked = stored();

  function stored() {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false; // storage may be switched off: then they work until the page is left
    }
  }

  off.addEventListener("change", () => {
    try {
      if (off.checked) localStorage.setItem(OFF, "1");
      else localStorage.removeItem(OFF);
    } catch {
      // see stored
    }
  });
  document.querySelectorAll("[data-keys-help]").forEach((opener) => {
    opener.closest("[data-keys-label]").hidden = false;
    opener.addEventListener("click", () => help.showModal());
  });
  help.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-close]")) help.close();
  });

  async function turn(step) {
    if (!(await navigation.go(navigation.shifted(step)))) return;
    app.whenDrawn(() => app.cursor.focus());
  }

  async function now() {
    if (!(await navigation.go(app.state.setup.today))) return;
    app.whenDrawn(() => app.cursor.reset());
  }

  const card = (act) => () => {
    const { id } = app.cursor.place();
    if (id) act(id);
    return Boolean(id);
  };

  const CHARACTERS = {
    m: card((id) => app.choice.together() || app.move.start(id)),
    h: now,
    g: () => {
      document.querySelector(".calendar-jump").open = true;
      document.getElementById("go-to").focus();
    },
    t: () => document.querySelector("[data-view=day]")?.click(),
    w: () => document.querySelector("[data-view=week]")?.click(),
    l: () => document.querySelector("[data-view=list]")?.click(),
    "?": () => help.showModal(),
    ...Object.fromEntries(
      STATUSES.map((status, at) => [String(at + 1), card((id) => app.actions.setStatus(app.choice.ids(id), status))]),
    ),
  };
  const NAMED = {
    Home: () => app.cursor.move("start"),
    End: () => app.cursor.move("end"),
    PageUp: () => turn(-1),
    PageDown: () => turn(1),
    Delete: card((id) => app.choice.together() || app.actions.cancel(id)),
    " ": card((id) => app.choice.toggle(app.cursor.find(id))),
    ContextMenu: card((id) => app.menu.open(id)),
    Escape: () => app.choice.clear(),
  };
  const CONTROL = {
    c: card((id) => app.clipboard.copy(id)),
    x: card((id) => app.clipboard.cut(id)),
    v: () => app.clipboard.paste(),
    z: () => app.actions.undo(),
    Home: () => app.cursor.move("first"),
    End: () => app.cursor.move("last"),
  };
  const MOVING = {
    ...ARROWS,
    "+": "longer",
    "=": "longer",
    "-": "shorter",
    Enter: "drop",
    Escape: "abort",
    PageUp: "previous",
    PageDown: "next",
    Home: "start",
    End: "end",
  };

  /** Text that somebody marked is what they want to copy. */
  const marked = (letter) => letter === "c" && !getSelection().isCollapsed;

  function action(event) {
    const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey) return null;
    if (event.ctrlKey || event.metaKey) return marked(letter) ? null : CONTROL[letter];
    if (ARROWS[event.key]) {
      const direction = ARROWS[event.key];
      if (!event.shiftKey) return () => app.cursor.move(direction);
      return event.key.endsWith("Up") || event.key.endsWith("Down") ? () => app.cursor.extend(direction) : null;
    }
    if (event.key === "F10" && event.shiftKey) return NAMED.ContextMenu;
    return NAMED[event.key] ?? (off.checked ? null : CHARACTERS[letter]);
  }

  view.grid.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (app.move.active()) {
      if (!MOVING[event.key] || event.altKey) return;
      event.preventDefault();
      app.move.key(event.ctrlKey && event.key === "Home" ? "first" : event.ctrlKey && event.key === "End" ? "last" : MOVING[event.key]);
      return;
    }
    const act = action(event);
    if (!act || act() === false) return;
    event.preventDefault();
  });
  // The space bar would press the button when it is let go.
  view.grid.addEventListener("keyup", (event) => {
    if (event.key === " " && event.target.closest("button.card-button")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !app.move.active()) return;
    event.preventDefault();
    app.move.stop();
  });
  return { enabled: () => !off.checked };
}
