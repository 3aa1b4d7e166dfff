// Search a patient as one types: a combobox after the ARIA Authoring Practices. Focus stays in the input, the server
// decides what fits, and without this script the button beside the input does the same.

const PAUSE = 200; // ms after the last key

function parts(root) {
  return Object.fromEntries(
    ["query", "options", "status", "chosen-text", "patient-id"].map((name) => [name, root.querySelector(`[data-${name}]`)]),
  );
}

const searches = new WeakMap(); // root -> { timer, request }

/** Make it a combobox at its first focus: panels come and go. */
function enhance(root) {
  if (searches.has(root)) return;
  searches.set(root, { timer: 0, request: null });
  const { query, options } = parts(root);
  const attributes = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": options.id };
  for (const [name, value] of Object.entries(attributes)) query.setAttribute(name, value);
}

function say(root, text) {
  parts(root).status.textContent = text;
}

function close(root) {
  const { query, options } = parts(root);
  options.hidden = true;
  options.replaceChildren();
  query.setAttribute("aria-expanded", "false");
  query.removeAttribute("aria-activedescendant");
}

/** The hidden field of a chosen patient; after a search without scripts there are radio buttons instead. */
function hiddenField(root) {
  const found = parts(root)["patient-id"];
  if (found) return found;
  root.querySelectorAll("fieldset").forEach((radios) => radios.remove());
  const made = document.createElement("input");
  Object.assign(made, { type: "hidden", name: "patient" });
  made.dataset.patientId = "";
  root.append(made);
  return made;
}

/** Enter in a field of the form looks for a patient until one is chosen, and then books. */
function setDefault(root, name) {
  const button = root.closest("form").querySelector("[data-default]");
  if (button) button.name = name;
}

function forget(root) {
  const { "chosen-text": text } = parts(root);
  hiddenField(root).value = "";
  text.hidden = true;
  setDefault(root, "find");
}

function choose(root, option) {
  const { query, "chosen-text": text } = parts(root);
  hiddenField(root).value = option.dataset.patient;
  query.value = option.dataset.name;
  const rest = [...option.children].slice(1).map((part) => part.textContent);
  text.textContent = root.dataset.chosen.replace("{who}", [option.dataset.name, ...rest].join(", "));
  text.hidden = false;
  say(root, text.textContent);
  setDefault(root, "");
  close(root);
}

function activate(root, option) {
  const { query, options } = parts(root);
  for (const each of options.children) each.setAttribute("aria-selected", String(each === option));
  query.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function step(root, by) {
  const all = [...parts(root).options.children];
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length;
  if (all[next]) activate(root, all[next]);
}

async function search(root) {
  const { query, options } = parts(root);
  const state = searches.get(root);
  state.request?.abort();
  const request = (state.request = new AbortController());
  const token = root.closest("form").elements.csrfmiddlewaretoken.value;
  const body = new URLSearchParams({ q: query.value });
  const headers = { "X-CSRFToken": token, "HX-Request": "true" };
  let answer;
  try {
    answer = await fetch(root.dataset.find, { method: "POST", body, headers, signal: request.signal });
  } catch {
    return; // another key was pressed, or the network is away: the button still is there
  }
  if (!answer.ok || document.activeElement !== query) return;
  options.innerHTML = await answer.text(); // our own server's, escaped there
  const count = options.children.length;
  options.hidden = count === 0;
  query.setAttribute("aria-expanded", String(count > 0));
  query.removeAttribute("aria-activedescendant");
  const enough = answer.headers.get("X-Enough"); // nothing was searched for one letter
  if (enough) say(root, enough === "more" ? root.dataset.more : counted(root.dataset, count));
}

function counted(words, count) {
  if (count === 0) return words.none;
  return count === 1 ? words.one : words.many.replace("{count}", count);
}

function rootOf(event) {
  return event.target.matches?.("[data-query]") ? event.target.closest("[data-patient-search]") : null;
}

document.addEventListener("focusin", (event) => {
  const root = rootOf(event);
  if (root) enhance(root);
});

document.addEventListener("input", (event) => {
  const root = rootOf(event);
  if (!root) return;
  enhance(root);
  forget(root);
  const state = searches.get(root);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => search(root), PAUSE);
});

document.addEventListener("keydown", (event) => {
  const root = rootOf(event);
  if (!root || event.isComposing) return;
  const { options } = parts(root);
  const active = options.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(root, event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter" && active) choose(root, active);
  else if (event.key === "Enter") search(root);
  else if (event.key === "Escape" && !options.hidden) close(root);
  else return;
  event.preventDefault(); // Enter must not send the form, Esc not close the panel
});

document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("[data-patient-search] [role=option]");
  if (!option) return;
  event.preventDefault(); // focus stays in the input
  choose(option.closest("[data-patient-search]"), option);
});

document.addEventListener("focusout", (event) => {
  const root = rootOf(event);
  if (root) close(root);
});
