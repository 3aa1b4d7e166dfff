// One appointment beside the grid or the list: non-modal where there is room, a full-screen dialog where there is none.
import { follow } from "./calendar-follow.js";

const narrow = matchMedia("(max-width: 61.99rem)");

/** Say one sentence politely. (The page's own script may be a second copy under another address; so no import of it.) */
export function say(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

/**
 * `failed`: what to show when something cannot be loaded; `focusBack(id)` is called when the panel closes, `changed()` when
 * it shows something else. `open(id)` shows an appointment, `openForm(address)` a form; `then(body)` runs once it is there.
 */
export function createPanel({ failed, focusBack, changed = () => {} }) {
  const panel = document.getElementById("panel");
  const body = document.getElementById("panel-body");
  const others = [...document.querySelectorAll(".pro-bar, #main, .pro-footer, .skip-links")];
  let shown = null;
  let awaited = false; // asked for, and not there yet
  let quiet = false; // it is only shown anew: focus and scroll stay
  let after = null; // what runs when the part that was asked for is shown
  let typed = false; // something was typed into what is shown now
  let kept = false; // it came back with an error: the server's answer holds what was typed

  function layOut() {
    const modal = !panel.hidden && narrow.matches;
    for (const element of others) element.inert = modal;
    if (modal) {
      body.setAttribute("role", "dialog");
      body.setAttribute("aria-modal", "true");
      body.setAttribute("aria-label", panel.getAttribute("aria-label"));
    } else {
      for (const name of ["role", "aria-modal", "aria-label"]) body.removeAttribute(name);
    }
  }

  function focusHead() {
    (body.querySelector("[autofocus]") ?? body.querySelector(".panel-head h2"))?.focus();
  }

  const fields = () => [...body.querySelectorAll("form textarea, form input:not([type=hidden]), form select")];

  function differs(field) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  }

  function unsaved() {
    return kept || (typed && (fields().some(differs) || Boolean(body.querySelector("[data-patient-id]")?.value)));
  }

  /** Typed text is not lost without a question, asked where the text is. */
  function ask(goOn) {
    body.querySelector(".panel-question")?.remove();
    const question = document.createElement("div");
    question.className = "panel-question notice notice-warning";
    question.setAttribute("role", "group");
    question.setAttribute("aria-labelledby", "panel-question");
    const text = document.createElement("p");
    text.id = "panel-question";
    text.textContent = panel.dataset.unsaved;
    const [stay, leave] = [panel.dataset.stay, panel.dataset.leave].map((label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-secondary";
      button.textContent = label;
      return button;
    });
    stay.addEventListener("click", () => {
      question.remove();
      fields().find(differs)?.focus();
    });
    leave.addEventListener("click", () => {
      typed = kept = false;
      goOn();
    });
    const part = document.createElement("div");
    part.append(text, stay, " ", leave);
    question.append(part);
    body.querySelector(".panel-head").after(question);
    stay.focus();
  }

  async function load(key, address, then) {
    if (unsaved()) {
      if (key === shown) focusHead();
      else ask(() => load(key, address, then));
      return;
    }
    shown = key;
    awaited = true;
    after = then;
    quiet = false;
    changed();
    body.setAttribute("aria-busy", "true");
    await htmx.ajax("GET", address, { source: body, target: body, swap: "innerHTML" });
  }

  /** Show an appointment anew when it is the one that is shown, and nothing typed would be lost by it. */
  async function renew(id) {
    if (panel.hidden || shown !== id || unsaved()) return;
    quiet = !body.contains(document.activeElement);
    await htmx.ajax("GET", `/appointments/${id}/`, { source: body, target: body, swap: "innerHTML" });
  }

  const open = (id, { then } = {}) => load(id, `/appointments/${id}/`, then);
  const openForm = (address, { then } = {}) => load(address, address, then);

  const shownId = () => body.querySelector("[data-appointment-shown]")?.dataset.appointmentShown ?? shown;

  const versionShown = () => body.querySelector("[data-version]")?.dataset.version;

  /** Typed text, or a form opened or gone to: nobody takes that away. */
  const typing = () => unsaved() || Boolean(body.querySelector("details[open], .desk-form"));

  /** Show the same appointment as it is now: focus stays on its like. */
  function put(nodes) {
    const held = body.contains(document.activeElement) && likeOf(document.activeElement);
    body.replaceChildren(...nodes.childNodes);
    htmx.process(body);
    if (held) (body.querySelector(held) ?? body.querySelector(".panel-head h2")).focus({ preventScroll: true });
  }

  function look(id) {
    typed = kept = false;
    load(id, `/appointments/${id}/`);
  }

  /** Whoever goes away before it is there does not get it afterwards. */
  function forget() {
    awaited = false;
    shown = null;
    htmx.trigger(body, "htmx:abort");
    body.removeAttribute("aria-busy");
    changed();
  }

  function close() {
    if (panel.hidden) return;
    if (unsaved()) {
      ask(close);
      return;
    }
    const id = shownId();
    panel.hidden = true;
    typed = false;
    body.replaceChildren();
    layOut();
    forget();
    focusBack(id);
  }

  function fail() {
    const head = document.createElement("div");
    head.className = "panel-head";
    const title = document.createElement("h2");
    title.tabIndex = -1;
    title.textContent = failed;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-secondary";
    button.dataset.panelClose = "";
    button.textContent = panel.dataset.close;
    head.append(title, button);
    body.replaceChildren(head);
    show();
  }

  function show() {
    awaited = false;
    body.removeAttribute("aria-busy");
    panel.hidden = false;
    layOut();
    if (!quiet) {
      panel.scrollTop = 0;
      focusHead();
    }
    quiet = false;
    after?.(body);
    after = null;
  }

  body.addEventListener("input", (event) => (typed = typed || event.target.matches("form *")));
  body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== body) return;
    // Looking for a patient is an answer too that holds what was typed.
    const asksOn = event.detail.requestConfig.verb === "post" && body.querySelector("[data-patient-search]");
    kept = typed && (event.detail.xhr.status >= 400 || Boolean(asksOn));
    typed = kept;
  });
  body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== body) return; // only a part of it came in, such as what a search found
    if (panel.hidden && !awaited) body.replaceChildren();
    else show();
  });
  body.addEventListener("htmx:responseError", fail);
  body.addEventListener("htmx:sendError", fail);
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-panel-close]")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (panel.hidden && awaited) forget();
    if (event.target.closest?.("details[data-menu][open]")) return; // Esc closes the menu first
    close();
  });
  narrow.addEventListener("change", layOut);
  follow({ panel, body, shown: () => ({ id: shownId(), version: versionShown() }), typing, put, look });
  // Links of the toolbar to forms that have room beside the calendar.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#toolbar a[data-panel-form]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openForm(link.href);
  });
  return { open, openForm, renew, close, shownId, isOpen: () => !panel.hidden };
}

/** What finds an element again in a part that was made anew. */
function likeOf(element) {
  const name = ["id", "href", "value", "data-panel-close"].find((each) => element.hasAttribute(each));
  return name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : ".panel-head h2";
}

// The calendar picker's "all": ticks a unit's calendars, or none when all are ticked.
document.querySelectorAll("[data-all]").forEach((button) => (button.hidden = false));
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-all]");
  if (!button) return;
  const boxes = [...button.closest(".picker-unit").querySelectorAll("input[type=checkbox]")];
  const every = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !every;
});
