// The command palette: Ctrl+K opens it anywhere in the portal. Focus stays in the input, the chosen line is its active
// descendant. What fits comes from the server; nothing is kept here.

const dialog = document.getElementById("palette");
const form = dialog?.querySelector("form");
const input = document.getElementById("palette-input");
const results = document.getElementById("palette-results");
const WAIT = 120; // ms after the last key
let timer;
let asked = 0;

const options = () => [...results.querySelectorAll("[role=option]")];

function select(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function say(text) {
  const region = document.getElementById("palette-said");
  if (region) region.textContent = text;
}

async function load() {
  const number = ++asked;
  const body = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (number !== asked) return;
    if (answer.status === 401) return location.reload(); // signed out meanwhile: the page leads to the sign-in
    if (!answer.ok) throw new Error(String(answer.status));
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return;
    results.replaceChildren(...html.body.children);
    select(options()[0]);
    say(results.querySelector("#palette-options").dataset.count);
  } catch {
    if (number === asked) say(form.dataset.failed);
  }
}

function open() {
  if (dialog.open) return;
  input.value = "";
  results.querySelector("#palette-options").replaceChildren();
  dialog.showModal();
  input.focus();
  load();
}

function choose(option) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "choose";
  field.value = option.dataset.value;
  form.append(field);
  input.disabled = true; // what was typed is not sent along
  form.submit();
}

function move(step) {
  const all = options();
  if (!all.length) return;
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  select(all[(at + step + all.length) % all.length]);
}

if (dialog) {
  document.querySelectorAll("[data-palette-open]").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else if (!document.querySelector("dialog[open]")) open();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      move(steps[event.key]);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const option = results.querySelector("[aria-selected=true]");
    if (option) choose(option);
  });
  results.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-palette-close]")) dialog.close();
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asked += 1;
  });
  window.addEventListener("pageshow", () => {
    input.disabled = false;
    form.querySelectorAll("[name=choose]").forEach((field) => field.remove());
    if (dialog.open) dialog.close();
  });
}
