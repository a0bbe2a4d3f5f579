/** Times and sizes as people say them, in the language of the page. */

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago", "yesterday", "now". `now` in ms since the epoch. */
export function ago(iso: string, now: number, lang: string): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** The full date and time, for a tooltip. */
export function exactly(iso: string, lang: string): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(iso));
}

/** Date and short time: "21 Nov 2026, 10:32". */
export function when(iso: string, lang: string): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** A length of time with at most two units: "12s", "3m 5s", "2h 10m", "4d 2h". Never negative. */
export function lasting(milliseconds: number, lang: string): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [
    ["day", Math.floor(seconds / 86_400)],
    ["hour", Math.floor(seconds / 3600) % 24],
    ["minute", Math.floor(seconds / 60) % 60],
    ["second", seconds % 60],
  ] as const;
  const first = parts.findIndex(([, value]) => value > 0);
  if (first === -1) return inUnit(0, "second", lang);
  return parts
    .slice(first, first + 2)
    .filter(([, value], index) => index === 0 || value > 0)
    .map(([unit, value]) => inUnit(value, unit, lang))
    .join(" ");
}

/** A length of time as a rule says it, with at most two units: "8 hours", "1 day 12 hours", "90 seconds" is "1 minute 30 seconds". */
export function longTime(seconds: number, lang: string): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    ["day", Math.floor(whole / 86_400)],
    ["hour", Math.floor(whole / 3600) % 24],
    ["minute", Math.floor(whole / 60) % 60],
    ["second", whole % 60],
  ] as const;
  const said = parts.filter(([, value]) => value > 0).slice(0, 2);
  const shown = said.length === 0 ? [["second", 0] as const] : said;
  return shown
    .map(([unit, value]) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(value))
    .join(" ");
}

/** When something is due: "18:40" on the same day, else with the date: "22 Nov, 18:40". `now` in ms since the epoch. */
export function clock(iso: string, now: number, lang: string): string {
  const at = new Date(iso);
  const sameDay = at.toDateString() === new Date(now).toDateString();
  const date = sameDay ? {} : ({ day: "numeric", month: "short" } as const);
  return new Intl.DateTimeFormat(lang, { ...date, hour: "numeric", minute: "2-digit" }).format(at);
}

/** Bytes of a download in units of 1000, as registries and disks count: "1.2 GB". */
export function downloadSize(bytes: number, lang: string): string {
  const { value, index } = scaled(bytes, 1000);
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  return new Intl.NumberFormat(lang, {
    style: "unit",
    unit: units[index] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: digits(index),
  }).format(value);
}

/** Bytes of memory in units of 1024, with the units' own names: "2 GiB". */
export function memorySize(bytes: number, lang: string): string {
  const { value, index } = scaled(bytes, 1024);
  // `Intl` has no binary units; their symbols are the same in all languages.
  const number = new Intl.NumberFormat(lang, { maximumFractionDigits: digits(index) }).format(value);
  return `${number} ${["B", "KiB", "MiB", "GiB", "TiB"][index] ?? ""}`;
}

function scaled(bytes: number, base: number): { readonly value: number; readonly index: number } {
  let value = bytes;
  let index = 0;
  while (value >= base && index < 4) {
    value /= base;
    index += 1;
  }
  return { value, index };
}

function digits(index: number): number {
  return index >= 3 ? 1 : 0;
}

function inUnit(value: number, unit: string, lang: string): string {
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "narrow" }).format(value);
}
