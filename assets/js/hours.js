// Drawing on the week of opening hours, by pointer and by keyboard. What is drawn fills a form; nothing is saved here.
import { announce } from "./frame.js";

const STEP = 15; // minutes a step of pointer or arrow key
const table = document.querySelector(".hours-week");
const first = Number(table.dataset.first) * 60;
const last = Number(table.dataset.last) * 60;
const days = [...table.querySelectorAll(".hours-day")];
let cursor = null; // {day, from, to, anchor}: the stretch that is drawn, in minutes since midnight

const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const minutesOf = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const within = (minutes) => Math.min(Math.max(minutes, first), last);

function place(element, from, to) {
  element.className = element.className.replace(/(from|to)-[hm]-\d+/g, "").trim();
  const at = [["from", from], ["to", to]];
  for (const [name, minutes] of at) element.classList.add(`${name}-h-${Math.floor(minutes / 60)}`, `${name}-m-${minutes % 60}`);
}

function fill(template, words) {
  return template.replace(/\{(\w+)\}/g, (_all, name) => words[name]);
}

const range = (from, to) => fill(table.dataset.range, { from: clock(from), to: clock(endOf(to)) });

function say(template, day, from, to) {
  announce(fill(template, { day: day.dataset.dayName, from: clock(from), to: clock(endOf(to)) }));
}

// A block while it is pulled: place and times; the form alone saves them.
function show(block, from, to) {
  place(block, from, to);
  block.querySelector(".hours-times").textContent = range(from, to);
}

function endOf(minutes) {
  return Math.min(minutes, 24 * 60 - 1); // a day's last minute: a block ends on the day it starts
}

function openForm(address, fields) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  location.assign(url);
}

function add(day, from, to) {
  const today = table.querySelector("td.is-today")?.dataset.day;
  const fields = { weekday: day.dataset.weekday, starts: clock(from), ends: clock(endOf(to)) };
  if (!today) fields.valid_from = day.dataset.day;
  openForm(table.dataset.add, fields);
}

// The cursor -----------------------------------------------------------------------------------------------------------

const box = document.createElement("div");
box.className = "hours-cursor";

function draw() {
  if (!cursor) return box.remove();
  place(box, cursor.from, cursor.to);
  box.textContent = range(cursor.from, cursor.to);
  cursor.day.append(box);
}

function pointed(day, event) {
  const area = day.getBoundingClientRect();
  const minutes = first + ((event.clientY - area.top) / area.height) * (last - first);
  return within(Math.round(minutes / STEP) * STEP);
}

function stretch(day, anchor, to) {
  const [from, until] = anchor <= to ? [anchor, to] : [to, anchor];
  cursor = { day, anchor, from, to: Math.max(until, from + STEP) };
  if (cursor.to > last) cursor = { ...cursor, from: last - STEP, to: last };
  draw();
}

// By pointer -----------------------------------------------------------------------------------------------------------

let drawing = null;
let pulling = null;

for (const day of days) {
  day.classList.add("can-draw");
  day.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch" || event.target.closest(".hours-block")) return;
    event.preventDefault();
    drawing = { day, anchor: pointed(day, event), moved: false };
    day.setPointerCapture(event.pointerId);
  });
  day.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const to = pointed(drawing.day, event);
    if (to !== drawing.anchor) drawing.moved = true;
    if (drawing.moved) stretch(drawing.day, drawing.anchor, to);
  });
  day.addEventListener("pointerup", () => {
    const drawn = drawing;
    drawing = null;
    if (drawn?.moved && cursor) add(cursor.day, cursor.from, cursor.to);
  });
  day.addEventListener("pointercancel", stop);
}

function stop() {
  drawing = null;
  cursor = null;
  draw();
}

for (const block of table.querySelectorAll(".hours-block")) {
  for (const name of ["start", "end"]) {
    const edge = document.createElement("span");
    edge.className = `hours-edge is-${name}`;
    edge.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      event.stopPropagation();
      pulling = { name, from: minutesOf(block.dataset.starts), to: minutesOf(block.dataset.ends), moved: false };
      edge.setPointerCapture(event.pointerId);
    });
    edge.addEventListener("pointermove", (event) => {
      if (!pulling) return;
      const at = pointed(block.parentElement, event);
      if (name === "start") pulling.from = Math.min(at, pulling.to - STEP);
      else pulling.to = Math.max(at, pulling.from + STEP);
      pulling.moved = true;
      block.classList.add("is-moving");
      show(block, pulling.from, pulling.to);
    });
    edge.addEventListener("pointerup", () => {
      const pulled = pulling;
      pulling = null;
      if (pulled?.moved) change(block, pulled.from, pulled.to);
    });
    edge.addEventListener("pointercancel", () => {
      pulling = null;
      restore(block);
    });
    block.append(edge);
  }
  block.draggable = false;
  block.addEventListener("click", (event) => {
    if (event.target.closest(".hours-edge") && block.classList.contains("is-moving")) event.preventDefault();
  });
  block.addEventListener("keydown", (event) => resize(block, event));
  block.addEventListener("blur", () => restore(block));
}

function change(block, from, to) {
  openForm(block.href, { starts: clock(from), ends: clock(endOf(to)) });
}

function restore(block) {
  block.classList.remove("is-moving");
  show(block, minutesOf(block.dataset.starts), minutesOf(block.dataset.ends));
  delete block.dataset.from;
  delete block.dataset.to;
}

// By keyboard ----------------------------------------------------------------------------------------------------------

// On a block: up and down move its end, with Shift its start; Enter opens the form with these times.
function resize(block, event) {
  const by = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
  const from = Number(block.dataset.from || minutesOf(block.dataset.starts));
  const to = Number(block.dataset.to || minutesOf(block.dataset.ends));
  if (by) {
    event.preventDefault();
    event.stopPropagation();
    const moved = event.shiftKey ? [within(Math.min(from + by, to - STEP)), to] : [from, within(Math.max(to + by, from + STEP))];
    [block.dataset.from, block.dataset.to] = moved;
    block.classList.add("is-moving");
    show(block, ...moved);
    say(table.dataset.moved, block.parentElement, ...moved);
  } else if (event.key === "Escape" && block.dataset.from) {
    event.stopPropagation();
    restore(block);
  } else if (event.key === "Enter" && block.dataset.from) {
    event.preventDefault();
    change(block, from, to);
  }
}

// On the week: one stop of its own, before the blocks.
const stopHere = document.createElement("div");
stopHere.tabIndex = 0;
stopHere.className = "hours-draw";
stopHere.setAttribute("role", "group");
stopHere.setAttribute("aria-label", table.dataset.name);
stopHere.setAttribute("aria-describedby", "hours-help");
const help = document.getElementById("hours-help");
help.hidden = false;
help.before(stopHere);
stopHere.append(help);

stopHere.addEventListener("keydown", (event) => {
  if (event.target !== stopHere || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return stop();
  if (event.key === "Enter") return cursor && add(cursor.day, cursor.from, cursor.to);
  const by = { ArrowUp: -STEP, ArrowDown: STEP, PageUp: -60, PageDown: 60 }[event.key] ?? 0;
  const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
  if (!by && !aside) return;
  event.preventDefault();
  walk(by, aside, event.shiftKey);
  say(table.dataset.said, cursor.day, cursor.from, cursor.to);
});

function walk(by, aside, draws) {
  if (!cursor) {
    const day = days.find((each) => each.classList.contains("is-today")) ?? days[0];
    return stretch(day, within(9 * 60), within(10 * 60));
  }
  if (draws && by) {
    cursor.to = Math.min(Math.max(cursor.to + by, cursor.from + STEP), last);
    return draw();
  }
  const length = cursor.to - cursor.from;
  const from = Math.min(Math.max(cursor.from + by, first), last - length);
  const at = Math.min(Math.max(days.indexOf(cursor.day) + aside, 0), days.length - 1);
  cursor = { day: days[at], anchor: from, from, to: from + length };
  draw();
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
}
