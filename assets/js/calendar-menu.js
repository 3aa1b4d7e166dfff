// The card's menu: "⋯" on the card under the pointer or with focus, Shift+F10, or a right click.
import { button, filled, hidden, icon, node } from "./calendar-dom.js";
import { STATUSES } from "./calendar-actions.js";

/** `open(id)` shows it beside the card; `hide()` puts it and the "⋯" away. */
export function createMenu(app) {
  const { state, view } = app;
  const { words } = state.setup;
  const menu = node("div", "card-menu menu-list");
  menu.setAttribute("role", "menu");
  menu.id = "card-menu";
  menu.hidden = true;
  app.root.append(menu);
  const dots = button("card-dots", icon(state, "three-dots"), () => open(dots.dataset.id, dots));
  dots.tabIndex = -1; // Shift+F10 on the card is the keyboard's way: the grid is one tab stop
  dots.setAttribute("aria-haspopup", "menu");
  let shownFor = null;

  function entries(event) {
    const may = event.may && event.status !== "cancelled";
    const list = [{ text: words.menu.open, key: "⏎", act: () => app.panel.open(event.id) }];
    if (may) {
      list.push(
        { text: words.menu.move, key: "M", act: () => app.move.start(event.id) },
        { text: words.menu.move_form, act: () => app.actions.moveByForm(event.id) },
        { text: filled(words.menu.longer, { count: state.setup.slot }), act: () => app.actions.lengthen(event.id, 1) },
        { text: filled(words.menu.shorter, { count: state.setup.slot }), act: () => app.actions.lengthen(event.id, -1) },
      );
    }
    list.push({ text: words.menu.copy, key: words.menu.copy_key, act: () => app.clipboard.copy(event.id) });
    if (may) list.push({ text: words.menu.cut, key: words.menu.cut_key, act: () => app.clipboard.cut(event.id) });
    list.push({ text: words.menu.duplicate, act: () => app.actions.duplicate(event.id) });
    if (may) {
      list.push({ separator: true });
      STATUSES.forEach((status, at) => {
        const { icon: symbol, word } = words.status[status];
        list.push({ text: word, icon: symbol, key: String(at + 1), checked: event.status === status, act: () => app.actions.setStatus([event.id], status) });
      });
      if (event.status === "booked") {
        list.push({ separator: true }, { text: words.menu.cancel, icon: "x-circle", key: words.menu.delete_key, act: () => app.actions.cancel(event.id) });
      }
    }
    return list;
  }

  function item(entry) {
    if (entry.separator) {
      const line = node("div", "menu-line");
      line.setAttribute("role", "separator");
      return line;
    }
    const element = button("", [], () => choose(entry));
    element.setAttribute("role", entry.checked === undefined ? "menuitem" : "menuitemradio");
    if (entry.checked !== undefined) element.setAttribute("aria-checked", String(entry.checked));
    element.tabIndex = -1;
    element.append(icon(state, entry.icon ?? "dash-lg"), node("span", "menu-words", entry.text));
    element.firstChild.classList.toggle("is-blank", !entry.icon);
    if (entry.key && app.keymap.enabled()) {
      const key = node("kbd", "", entry.key);
      key.setAttribute("aria-hidden", "true");
      element.append(key);
    }
    return element;
  }

  function choose(entry) {
    const id = shownFor;
    close();
    app.cursor.toCard(id);
    entry.act();
  }

  function open(id, beside = app.cursor.find(id)) {
    const event = app.feed.find(id);
    if (!event || !beside) return;
    shownFor = id;
    menu.setAttribute("aria-label", filled(words.menu.label, { name: event.name }));
    menu.replaceChildren(...entries(event).map(item));
    menu.hidden = false;
    place(beside.getBoundingClientRect());
    menu.querySelector("button").focus();
  }

  /** Beside the card where there is room, always inside the window. */
  function place(box) {
    const { offsetWidth: width, offsetHeight: height } = menu;
    const left = box.right + width + 8 < innerWidth ? box.right + 4 : Math.max(8, Math.min(box.left, innerWidth - width - 8));
    menu.style.left = `${left}px`;
    menu.style.top = `${Math.max(8, Math.min(box.top, innerHeight - height - 8))}px`;
  }

  function close({ back = false } = {}) {
    if (menu.hidden) return;
    menu.hidden = true;
    menu.replaceChildren();
    if (back) app.cursor.toCard(shownFor);
    shownFor = null;
  }

  menu.addEventListener("keydown", (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowDown: buttons[at + 1] ?? buttons[0], ArrowUp: buttons[at - 1] ?? buttons.at(-1), Home: buttons[0], End: buttons.at(-1) }[event.key];
    if (next) next.focus();
    else if (event.key === "Escape" || event.key === "Tab") close({ back: true });
    else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) typed(buttons, at, event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** A letter goes to the next entry that begins with it. */
  function typed(buttons, at, letter) {
    const order = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)];
    const text = (element) => element.querySelector(".menu-words").textContent.toLowerCase();
    order.find((element) => text(element).startsWith(letter.toLowerCase()))?.focus();
  }

  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target) && event.target.closest?.(".card-dots") !== dots) close();
  });
  view.grid.addEventListener("contextmenu", (event) => {
    const card = event.target.closest("button.card-button");
    if (!card) return;
    event.preventDefault();
    if (app.drag.dragged()) return;
    open(card.dataset.id, card);
  });
  menu.addEventListener("contextmenu", (event) => event.preventDefault());

  /** "⋯" lies over the end of the card that the pointer or focus is on. */
  function dotsOn(card) {
    const id = card.dataset.id;
    const box = card.closest(".ec-event");
    const event = app.feed.find(id);
    if (!event || !box) return;
    dots.dataset.id = id;
    dots.dataset.resource = card.dataset.resource;
    dots.replaceChildren(icon(state, "three-dots"), hidden(filled(words.menu.label, { name: event.name })));
    const { style } = box;
    dots.style.gridColumn = style.gridColumn;
    dots.style.insetBlockStart = style.insetBlockStart;
    dots.style.insetInlineStart = `calc(${style.insetInlineStart || "0px"} + ${style.inlineSize || "100% - var(--ec-event-col-gap)"} - 1.5rem)`;
    mark(box);
    const layer = box.parentNode;
    if (dots.parentNode !== layer) layer.append(dots);
  }

  function mark(box) {
    view.grid.querySelectorAll(".has-dots").forEach((other) => other !== box && other.classList.remove("has-dots"));
    box?.classList.add("has-dots"); // what the card says moves aside
  }

  function dotsOff() {
    dots.remove();
    mark(null);
  }

  function hide() {
    close();
    dotsOff();
  }

  view.grid.addEventListener("pointerover", (event) => {
    const card = event.target.closest(".ec-event")?.querySelector("button.card-button");
    if (card && !app.drag.dragged() && !app.move.active()) dotsOn(card);
    else if (event.target !== dots && !dots.contains(event.target)) dotsOff();
  });
  view.grid.addEventListener("focusin", (event) => {
    const card = event.target.closest("button.card-button");
    if (card) dotsOn(card);
    else if (event.target !== dots) dotsOff();
  });
  app.events.addEventListener("drawn", () => {
    if (!dots.isConnected) return;
    const card = app.cursor.all(dots.dataset.id).find(({ dataset }) => dataset.resource === dots.dataset.resource);
    if (card) dotsOn(card);
    else dotsOff();
  });
  return { open, close, hide };
}
