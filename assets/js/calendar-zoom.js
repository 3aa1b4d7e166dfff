// The height of a row: 24, 32 or 44 px. Remembered on the device: a number, no personal data.
const KEY = "calendar-zoom";
const HEIGHTS = [24, 32, 44];
const select = document.getElementById("zoom");

/** The height of a saved selection, or the remembered one, set on the grid's root before it is drawn. */
export function storedZoom(root, chosen = null) {
  let stored = chosen;
  try {
    stored ??= Number(localStorage.getItem(KEY));
  } catch {
    // storage may be switched off: the zoom is then for this page only
  }
  const height = HEIGHTS.includes(stored) ? stored : 24;
  root.classList.add(`zoom-${height}`);
  if (select) {
    select.closest("[data-zoom]").hidden = false;
    select.value = String(height);
  }
  return height;
}

export function watchZoom({ state, root, view }) {
  select?.addEventListener("change", () => {
    HEIGHTS.forEach((height) => root.classList.toggle(`zoom-${height}`, String(height) === select.value));
    state.slotHeight = Number(select.value);
    try {
      localStorage.setItem(KEY, select.value);
    } catch {
      // see storedZoom
    }
    view.redraw(); // a card says more when there is room for more lines
  });
}
