/* Times and spans as people say them, in the page's language. */
import { _, language } from './i18n.ts';

type When = string | number | Date;

const formats = new Map<string, Intl.DateTimeFormat>();
/** Making a formatter costs a hundred times more than using one. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, known);
  return known;
}

/** 14:05 */
export const clock = (at: When): string => format({ hour: '2-digit', minute: '2-digit' }).format(new Date(at));

/** The whole moment, for tooltips. */
export const exact = (at: When): string => format({ dateStyle: 'full', timeStyle: 'medium' }).format(new Date(at));

/** 21 Nov, with the year when it is another one. */
export function date(at: When, now: When = Date.now()): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format({ day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }).format(new Date(at));
}

/** Today, Yesterday, or the weekday and date: what stands between the messages of two days. */
export function day(at: When, now: When = Date.now()): string {
  const ago = daysBetween(at, now);
  if (ago === 0) return _('Today');
  if (ago === 1) return _('Yesterday');
  return ago > 1 && ago < 7 ? format({ weekday: 'long' }).format(new Date(at)) : date(at, now);
}

/** A moment to come: 18:00 today, with its date on another day. */
export const moment = (at: When, now: When = Date.now()): string => (daysBetween(now, at) === 0 ? clock(at) : `${date(at)}, ${clock(at)}`);

/** Days of the calendar, not spans of 24 hours: 23:59 and 00:01 are a day apart. */
export function daysBetween(from: When, to: When): number {
  const midnight = (at: When) => { const day = new Date(at); return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate()); };
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [['minute', 60], ['hour', 3600], ['day', 86_400]];

/** just now, 5 min ago, 3 hr ago, then the date. */
export function ago(at: When, now: When = Date.now()): string {
  const seconds = (Number(new Date(at)) - Number(new Date(now))) / 1000;
  if (Math.abs(seconds) < 45) return _('just now');
  const [unit, size] = [...steps].reverse().find(([, length]) => Math.abs(seconds) >= length) ?? steps[0]!;
  if (unit === 'day' && Math.abs(seconds) >= 7 * 86_400) return date(at, now);
  return new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'always' }).format(Math.round(seconds / size), unit);
}

/** 0:07, 12:30, 1:02:03; seconds in. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = String(rest).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${padded}` : `${minutes}:${padded}`;
}

/** How long a wait may be: “about 3–5 min”; seconds in, never a promise of less than a minute. */
export function wait([low, high]: [number, number]): string {
  const [from, to] = [Math.max(1, Math.round(low / 60)), Math.max(1, Math.ceil(high / 60))];
  if (to <= 1) return _('about a minute');
  return from < to ? _('about {from}–{to} min', { from, to }) : _('about {n} min', { n: to });
}
