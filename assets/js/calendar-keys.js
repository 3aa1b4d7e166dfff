// One tab stop in the grid: arrow keys go from card to card, Enter opens the panel.

/** Keys and focus of the cards in an EventCalendar's root. */
export class CardKeys {
  /** `open(id)` shows an appointment; `page(step)` turns to the next or previous days. */
  constructor(grid, { open, page }) {
    this.grid = grid;
    this.open = open;
    this.page = page;
    this.current = null; // the id of the card that Tab reaches
    grid.addEventListener("keydown", (event) => this.key(event));
    grid.addEventListener("focusin", (event) => {
      const button = event.target.closest("button.card-button");
      if (button) this.rove(button);
    });
    grid.addEventListener("click", (event) => {
      const button = event.target.closest("button.card-button");
      if (!button) return;
      this.rove(button);
      this.open(button.dataset.id);
    });
  }

  /** All cards in the order of columns and times, with where they are. */
  cards() {
    return [...this.grid.querySelectorAll("button.card-button")]
      .map((button) => {
        const { style } = button.closest(".ec-event");
        return {
          button,
          column: parseInt(style.gridColumn, 10),
          top: parseFloat(style.insetBlockStart) || 0,
          side: button.getBoundingClientRect().left,
        };
      })
      .sort((one, other) => one.column - other.column || one.top - other.top || one.side - other.side);
  }

  /** After cards were drawn anew: one of them is reachable by Tab, and focus is where it was. */
  refresh() {
    const lost = this.focused && !this.grid.contains(document.activeElement) && document.activeElement === document.body;
    const button = this.find(this.current) ?? this.nearNow();
    this.grid.querySelectorAll("button.card-button[tabindex='0']").forEach((other) => (other.tabIndex = -1));
    if (button) {
      button.tabIndex = 0;
      this.current = button.dataset.id;
      if (lost) button.focus();
    }
  }

  get focused() {
    return this.hadFocus === true;
  }

  find(id) {
    return id && this.grid.querySelector(`button.card-button[data-id="${CSS.escape(id)}"]`);
  }

  nearNow() {
    const cards = this.cards();
    const line = this.grid.querySelector(".ec-now-indicator");
    if (!line) return cards[0]?.button;
    const now = line.getBoundingClientRect().top;
    return (cards.find(({ button }) => button.getBoundingClientRect().bottom >= now) ?? cards[0])?.button;
  }

  rove(button) {
    this.find(this.current)?.setAttribute("tabindex", "-1");
    button.tabIndex = 0;
    this.current = button.dataset.id;
    this.hadFocus = true;
  }

  focusCard(id) {
    (this.find(id) ?? this.find(this.current) ?? this.grid.querySelector(".ec-main"))?.focus();
  }

  focusFirst() {
    this.current = null;
    this.refresh();
    this.focusCard(null);
  }

  key(event) {
    const button = event.target.closest("button.card-button");
    if (!button || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = this.target(event.key, button);
    if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      this.page(event.key === "PageUp" ? -1 : 1);
    } else if (target) {
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  target(key, button) {
    const cards = this.cards();
    const at = cards.findIndex((card) => card.button === button);
    const here = cards[at];
    const column = cards.filter((card) => card.column === here.column);
    const place = column.indexOf(here);
    if (key === "ArrowDown") return column[place + 1]?.button;
    if (key === "ArrowUp") return column[place - 1]?.button;
    if (key === "Home") return column[0].button;
    if (key === "End") return column.at(-1).button;
    if (key === "ArrowRight" || key === "ArrowLeft") {
      const ahead = key === "ArrowRight" ? 1 : -1;
      const columns = [...new Set(cards.map((card) => card.column))];
      const next = columns[columns.indexOf(here.column) + ahead];
      const there = cards.filter((card) => card.column === next);
      return there.sort((one, other) => Math.abs(one.top - here.top) - Math.abs(other.top - here.top))[0]?.button;
    }
    return null;
  }
}
