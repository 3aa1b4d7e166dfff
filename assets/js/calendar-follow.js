// The appointment in the panel follows what others do to it. What is only read is shown anew; where somebody types, nothing
// is taken away: a notice says that it changed and offers to look.

/**
 * `shown()`: id and version of what the panel shows, if it shows one appointment. `typing()`: something would be lost.
 * `put(nodes)`: show these instead, quietly. `look(id)`: show it anew, whatever was typed. Heard from calendar-live.js.
 */
export function follow({ panel, body, shown, typing, put, look }) {
  /** Somebody else's hand: another version than the one shown, or no longer on the days of the feed. */
  function concerns({ events, ids }) {
    const { id, version } = shown();
    if (!id || !version) return false;
    const event = events.find((each) => each.id === id);
    return event ? String(event.version) !== version : ids.includes(id);
  }

  async function check() {
    const { id } = shown();
    const nodes = await fetchPart(id);
    const now = shown(); // the panel may have turned to another one meanwhile
    const version = nodes?.querySelector("[data-version]")?.dataset.version;
    if (!version || now.id !== id || now.version === version) return;
    if (typing()) tell(id);
    else put(nodes);
  }

  function tell(id) {
    if (body.querySelector(".panel-changed")) return;
    const notice = document.createElement("div");
    notice.className = "panel-changed notice notice-warning";
    const text = document.createElement("p");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-secondary";
    button.textContent = panel.dataset.show;
    button.addEventListener("click", () => look(id));
    const part = document.createElement("div");
    part.append(text, button);
    notice.append(part);
    text.setAttribute("role", "status");
    body.querySelector(".panel-head").after(notice);
    text.textContent = panel.dataset.changed; // after it is in the page: then it is spoken
  }

  document.addEventListener("appointments-seen", ({ detail }) => concerns(detail) && check());
}

async function fetchPart(id) {
  const headers = { "HX-Request": "true", "X-Background": "1" };
  try {
    const answer = await fetch(`/appointments/${id}/`, { headers, cache: "no-store" });
    if (!answer.ok) return null; // no longer to be seen: whatever is pressed says so
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  } catch {
    return null; // no network: the next change will do
  }
}
