/** Numbers as people write them: sizes and durations with units. */
import { choices } from "../text/known-keys.ts";

const SIZES = [
  ["T", 1024 ** 4],
  ["G", 1024 ** 3],
  ["M", 1024 ** 2],
  ["K", 1024],
] as const;
const DURATIONS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** A value as it is written in the file, by the kind of its key. */
export function withUnit(key: string, value: unknown, schema: unknown): unknown {
  if (value === null && isDuration(key)) return "off";
  if (typeof value !== "number" || !takesText(schema)) return value;
  if (isDuration(key)) return unitOf(value, DURATIONS);
  return key === "memory" ? unitOf(value, SIZES) : value;
}

const DURATION_KEYS = ["idleTimeout", "maximumAge", "startTimeout", "stopGrace", "refresh"];
function isDuration(key: string): boolean {
  return DURATION_KEYS.includes(key);
}

function unitOf(value: number, units: readonly (readonly [string, number])[]): string | number {
  const unit = units.find(([, size]) => value >= size && value % size === 0);
  return unit === undefined ? value : `${value / unit[1]}${unit[0]}`;
}

/** Numbers that may be written as text have units. */
function takesText(schema: unknown): boolean {
  return choices(schema).some(
    (choice) => typeof choice === "object" && choice !== null && "type" in choice && choice.type === "string",
  );
}
