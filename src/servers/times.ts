/**
 * Milliseconds since the epoch of an ISO-8601 time; without a zone it is UTC (contract 5.2). Python sends microseconds,
 * of which the milliseconds are kept. Undefined for anything else.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}:?(?:\d{2})?)?)?$/.exec(
      value,
    );
  if (match === null) return undefined;
  const [, day, minutes = "00:00", seconds = "00", fraction = "0", zone = "Z"] = match;
  const milliseconds = fraction.slice(0, 3).padEnd(3, "0");
  const offset = /^z$/i.test(zone) ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}`;
  const time = Date.parse(`${day}T${minutes}:${seconds}.${milliseconds}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}
