// What every page gains with JavaScript. Everything works without it.

const REPEAT_GUARD = 8000; // ms in which a second press of the same form is ignored
let lastAnnouncement = "";

/** Say one sentence politely (page's only live region). */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = text === lastAnnouncement ? `${text}\u00a0` : text;
  lastAnnouncement = region.textContent;
}

// A form is sent once: the pressed button says it is busy, further presses wait. htmx forms have hx-sync.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[hx-post], [hx-get], [data-repeat]")) return;
  if (Date.now() - Number(form.dataset.sentAt || 0) < REPEAT_GUARD) {
    event.preventDefault();
    return;
  }
  form.dataset.sentAt = String(Date.now());
  event.submitter?.setAttribute("aria-busy", "true");
  event.submitter?.setAttribute("data-busy", "");
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent-at]").forEach((form) => delete form.dataset.sentAt);
  document.querySelectorAll("[data-busy]").forEach((button) => {
    button.removeAttribute("aria-busy");
    button.removeAttribute("data-busy");
  });
});

// "Print".
document.addEventListener("click", (event) => {
  if (event.target.closest?.("button[data-print]")) window.print();
});

// "Show password".
function preparePasswords(root) {
  root.querySelectorAll("button[data-password]").forEach((button) => (button.hidden = false));
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-password]");
  if (!button) return;
  const input = document.getElementById(button.dataset.password);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.querySelector("[data-when=hidden]").hidden = shown;
  button.querySelector("[data-when=shown]").hidden = !shown;
  announce(shown ? button.dataset.shown : button.dataset.hidden);
});
document.addEventListener("submit", (event) => {
  event.target.querySelectorAll("button[data-password]").forEach((button) => {
    document.getElementById(button.dataset.password).type = "password"; // so that browsers do not keep it as text
  });
});

// Menus made of <details>: Esc closes and returns to the opener, a click elsewhere closes.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A held time: two polite notices, no ticking.
const noticed = new Set();
function watchHold(root) {
  const hold = root.querySelector("[data-hold-until]");
  if (!hold) return;
  const end = Date.parse(hold.dataset.holdUntil);
  for (const minutes of [5, 2]) {
    const wait = end - minutes * 60_000 - Date.now();
    const key = `${end}-${minutes}`;
    if (wait <= 0 || noticed.has(key)) continue;
    noticed.add(key);
    setTimeout(() => {
      const current = document.querySelector("[data-hold-until]");
      if (current && Date.parse(current.dataset.holdUntil) === end) announce(current.getAttribute(`data-notice-${minutes}`));
    }, wait);
  }
}

function prepare(root) {
  root.querySelectorAll("button[data-print]").forEach((button) => (button.hidden = false));
  preparePasswords(root);
  watchHold(root);
}
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
