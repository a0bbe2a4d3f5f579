/** A row as the rooms above see it. */
import { type ServerState, STARTING_STATES } from "../contract/index.ts";
import { DEFAULT_SERVER, fullServerName, serverPrefix } from "../kernel/index.ts";
import type { ServerOwner, ServerRow } from "../store/index.ts";
import { NEVER, type Stop, stoppedText } from "./deadlines.ts";
import type { Pending, ServerRecord } from "./types.ts";

/** States in which there is nothing of a server but its row. */
export const IDLE_STATES: readonly ServerState[] = ["stopped", "failed"];
export const ACTIVE_STATES: readonly ServerState[] = [...STARTING_STATES, "ready", "stopping"];

export function isStarting(state: ServerState): boolean {
  return STARTING_STATES.includes(state);
}

export function isIdle(state: ServerState): boolean {
  return IDLE_STATES.includes(state);
}

/**
 * @param unchecked the row says ready, but nobody has looked since the hub began
 * @param stop when and why it will be stopped by itself
 */
export function toRecord(row: ServerRow, baseUrl: string, unchecked: boolean, stop: Stop): ServerRecord {
  const pending = pendingOf(row.state, unchecked);
  const ready = row.state === "ready" && pending === null;
  return {
    user: row.user,
    name: row.name,
    displayName: row.displayName,
    state: row.state,
    since: row.since,
    started: isIdle(row.state) ? null : (row.started ?? row.since),
    lastActivity: row.lastActivity,
    url: serverPrefix(baseUrl, row.user, row.name),
    profile: row.profile,
    image: row.image?.split("@", 1)[0] ?? null,
    imageDigest: row.image?.split("@")[1] ?? null,
    protocol: row.protocol,
    options: { ...row.options },
    ...stop,
    stoppedBecause: row.state === "stopped" && row.note !== null ? `${row.note.text}.` : null,
    stoppedByRule: row.state === "stopped" && row.note !== null ? `${stoppedText(row.note)}.` : null,
    failure: row.failure,
    pending,
    ready,
    gate:
      ready && row.protocol === "http" && row.gate !== null
        ? { server: fullServerName(row.user, row.name), epoch: row.gate.epoch }
        : null,
    engineState: row.engineId === null ? {} : { engine_id: row.engineId, address: row.url, generation: row.generation },
  };
}

/** The default server of a person who never started one. */
export function neverStarted(owner: ServerOwner, baseUrl: string): ServerRecord {
  return {
    user: owner.name,
    name: DEFAULT_SERVER,
    displayName: "",
    state: "stopped",
    since: owner.created,
    started: null,
    lastActivity: null,
    url: serverPrefix(baseUrl, owner.name, DEFAULT_SERVER),
    profile: null,
    image: null,
    imageDigest: null,
    protocol: null,
    options: {},
    ...NEVER,
    stoppedBecause: null,
    stoppedByRule: null,
    failure: null,
    pending: null,
    ready: false,
    gate: null,
    engineState: {},
  };
}

function pendingOf(state: ServerState, unchecked: boolean): Pending | null {
  if (isStarting(state)) return "spawn";
  if (state === "stopping") return "stop";
  return state === "ready" && unchecked ? "check" : null;
}
