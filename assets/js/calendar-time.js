// Days and clock times as the feed writes them: "2026-11-23" and "2026-11-23T09:00", local to the clinic, without a zone.
const formats = new Map();

/** An Intl.DateTimeFormat, made once for each locale and options. */
export function format(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }));
  return formats.get(key);
}

/** Minutes since midnight of "09:30" or "2026-11-23T09:30". */
export function minutesOf(text) {
  const clockText = text.slice(-5);
  return Number(clockText.slice(0, 2)) * 60 + Number(clockText.slice(3));
}

/** "09:30" for 570. */
export const clock = (count) => `${String(Math.floor(count / 60)).padStart(2, "0")}:${String(count % 60).padStart(2, "0")}`;

export const dayOf = (text) => text.slice(0, 10);

/** A day so many days later. */
export function addDays(day, count) {
  const date = new Date(`${day}T00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** A moment from a day and minutes since its midnight, which may lie on the next day. */
export const moment = (day, count) => new Date(Date.parse(`${day}T00:00Z`) + count * 60_000).toISOString().slice(0, 16);

export const addMinutes = (text, count) => new Date(Date.parse(`${text}Z`) + count * 60_000).toISOString().slice(0, 16);

/** Minutes from one moment to another. */
export const minutesBetween = (start, end) => (Date.parse(`${end}Z`) - Date.parse(`${start}Z`)) / 60_000;

export const lengthOf = ({ start, end }) => minutesBetween(start, end);

export function monday(day) {
  return addDays(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7));
}

/** The moment of a Date whose local parts are meant, as EventCalendar hands them out. */
export function momentOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
