/** A policy as lines of text: each value with who said it, and what lost against it. */
import type { PolicyView, Said } from "../contract/index.ts";

/** One line for each value. */
export function policyLines(policy: PolicyView): string[] {
  return [
    line("memory", policy.memory, bytesText),
    line("cpus", policy.cpus, String),
    line("pids", policy.pids, String),
    line("maximumServers", policy.maximumServers, String),
    line("idleTimeout", policy.idleTimeout, secondsText),
    line("maximumAge", policy.maximumAge, secondsText),
    line("sharing", policy.sharing, (value) => (value ? "yes" : "no")),
    ...Object.entries(policy.environment).map(([name, said]) => line(`environment ${name}`, said, (value) => value)),
    ...policy.mounts.map(
      ({ source, target, readOnly, from, place }) =>
        `mount ${source} at ${target}, ${readOnly ? "read-only" : "read and write"} ${origin(from, place)}`,
    ),
    ...policy.profiles.map(({ name, from, place }) => `profile ${name} ${origin(from, place)}`),
    ...policy.images.map(({ reference, from, place }) => `image ${reference} ${origin(from, place)}`),
  ];
}

/** `1.5 GiB`, `512 MiB` */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${Number(value.toFixed(2))} ${units[unit] ?? "B"}`;
}

/** `2 h 30 min`; null is `never` */
function secondsText(seconds: number | null): string {
  if (seconds === null) return "never";
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

function line<T>(what: string, { value, from, place, over }: Said<T>, text: (value: T) => string): string {
  const lost = over.map((other) => `${text(other.value)} ${origin(other.from, other.place)}`);
  return `${what}: ${text(value)} ${origin(from, place)}${lost.length === 0 ? "" : `, instead of ${lost.join(", ")}`}`;
}

function origin(from: string, place: string | null): string {
  return `[${from}${place === null ? ", default" : ` ${place}`}]`;
}
