// Asks before someone is signed out, and shows the sign-in page when it has happened. The server decides; this only asks
// it how many seconds are left, with a header that says nobody touched anything.

const WARNING = 120; // seconds before the end
const dialog = document.querySelector("dialog[data-session-url]");
let timer;

async function ask(method) {
  const headers = method === "POST" ? { "X-CSRFToken": token() } : { "X-Background": "1" };
  const answer = await fetch(dialog.dataset.sessionUrl, { method, headers, cache: "no-store" });
  return answer.ok ? (await answer.json()).seconds : 0;
}

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

function lookAgainIn(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(seconds, 1) * 1000);
}

// Another window, or a fragment of this page, may have used the session meanwhile: so look before warning or leaving.
async function look() {
  let seconds;
  try {
    seconds = await ask("GET");
  } catch {
    return lookAgainIn(30); // no network: nobody is signed out by that
  }
  if (seconds <= 0) return location.assign(location.href);
  if (seconds > WARNING) {
    dialog.close();
    return lookAgainIn(seconds - WARNING);
  }
  if (!dialog.open) dialog.showModal();
  lookAgainIn(seconds);
}

if (dialog) {
  dialog.querySelector("[data-session-stay]").addEventListener("click", async () => {
    const seconds = await ask("POST").catch(() => WARNING);
    dialog.close();
    lookAgainIn(seconds - WARNING);
  });
  // Esc closes the dialog, which says the same as its button.
  dialog.addEventListener("cancel", () => dialog.querySelector("[data-session-stay]").click());
  document.addEventListener("visibilitychange", () => document.hidden || look()); // timers sleep with the machine
  lookAgainIn(Number(dialog.dataset.sessionSeconds) - WARNING);
}
