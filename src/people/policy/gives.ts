/** What a group gives, one line for each thing. */
import type { GroupConfig } from "../../contract/index.ts";

export function givesOf(group: GroupConfig): string[] {
  const lines: (string | undefined)[] = [
    group.admin ? "admin rights" : undefined,
    said(group.memory, (bytes) => `memory ${bytesText(bytes)}`),
    said(group.cpus, (cpus) => `${cpus} ${cpus === 1 ? "CPU" : "CPUs"}`),
    said(group.pids, (pids) => `${pids} processes`),
    said(group.maximumServers, (count) => `${count} ${count === 1 ? "server" : "servers"}`),
    said(group.idleTimeout, (time) =>
      time === null ? "idle servers are never stopped" : `idle servers are stopped after ${timeText(time)}`,
    ),
    said(group.maximumAge, (time) =>
      time === null ? "servers may run for ever" : `servers are stopped after ${timeText(time)}`,
    ),
    group.sharing === true ? "sharing of servers" : undefined,
    ...group.profiles.map((profile) => `profile ${profile}`),
    ...group.images.map((image) => `image ${image}`),
    ...group.mounts.map(
      ({ source, target, readOnly }) => `${source} at ${target}, ${readOnly ? "read-only" : "read and write"}`,
    ),
    ...group.groupIds.map((id) => `group number ${id}`),
    // Names alone: values are nobody's business on a page.
    ...Object.keys(group.environment).map((name) => `environment variable ${name}`),
  ];
  return lines.filter((line) => line !== undefined);
}

function said<T>(value: T | undefined, text: (value: T) => string): string | undefined {
  return value === undefined ? undefined : text(value);
}

function bytesText(bytes: number): string {
  for (const [unit, size] of [
    ["TiB", 1024 ** 4],
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ] as const) {
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  }
  return `${bytes} bytes`;
}

function timeText(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  }
  return `${seconds} s`;
}
