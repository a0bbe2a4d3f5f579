/** When a server is stopped by itself: for lack of activity, or for its age. Worked out from what its person's policy says now. */
import type { PolicyView, ServerView } from "../contract/index.ts";
import { isoTime, type UserName } from "../kernel/index.ts";
import type { ServerNote, ServerRow } from "../store/index.ts";

/**
 * jupyterhub-singleuser reports its activity every 5 minutes, and could not while the hub was away: what ran before the
 * hub began is not stopped as idle until it had the time for a report.
 */
const FIRST_REPORT_MS = 6 * 60_000;

export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly why: "idle" | "age";
  /** The rule: its value in seconds, who said it, and where that is written. */
  readonly seconds: number;
  readonly from: string;
  readonly place: string | null;
}

/** When and why a server will be stopped by itself: an ISO-8601 time, or never. */
export type Stop = Pick<ServerView, "stopsAt" | "stopsBecause">;

export const NEVER: Stop = { stopsAt: null, stopsBecause: null };

export class Deadlines {
  readonly #policyOf: (user: UserName) => PolicyView;
  #begun: number;

  /** @param begun when this hub process began, milliseconds since the epoch */
  constructor(policyOf: (user: UserName) => PolicyView, begun: number) {
    this.#policyOf = policyOf;
    this.#begun = begun;
  }

  /** The host slept, or its clock jumped: nobody could report activity meanwhile. */
  beginAnew(now: number): void {
    this.#begun = now;
  }

  /** The nearest one; undefined for a server that is not ready, or that nothing stops. */
  of(row: ServerRow): Deadline | undefined {
    if (row.state !== "ready") return undefined;
    const { idleTimeout, maximumAge } = this.#policyOf(row.user);
    const started = Date.parse(row.started ?? row.since);
    const found: Deadline[] = [];
    if (idleTimeout.value !== null) {
      const active = Math.max(started, row.lastActivity === null ? 0 : Date.parse(row.lastActivity));
      const earliest = started < this.#begun ? this.#begun + FIRST_REPORT_MS : 0;
      const { value: seconds, from, place } = idleTimeout;
      found.push({ at: Math.max(active + seconds * 1000, earliest), why: "idle", seconds, from, place });
    }
    if (maximumAge.value !== null) {
      const { value: seconds, from, place } = maximumAge;
      found.push({ at: started + seconds * 1000, why: "age", seconds, from, place });
    }
    return found.sort((a, b) => a.at - b.at)[0];
  }

  /** As pages see it. */
  stopOf(row: ServerRow): Stop {
    const deadline = this.of(row);
    if (deadline === undefined) return NEVER;
    return { stopsAt: isoTime(deadline.at), stopsBecause: deadline.why };
  }
}

/** “Stopped after 2 h without activity”, and the rule: “groups.students.idleTimeout, hublet.yaml:40:5”. */
export function noteOf({ why, seconds, from, place }: Deadline): ServerNote {
  const text =
    why === "idle"
      ? `Stopped after ${durationText(seconds)} without activity`
      : `Stopped after ${durationText(seconds)}, the longest that a server may run`;
  return { text, rule: place === null ? from : `${from}, ${place}` };
}

/** “Stopped after 2 h without activity (rule: groups.students.idleTimeout, hublet.yaml:40:5)”. */
export function stoppedText({ text, rule }: ServerNote): string {
  return `${text} (rule: ${rule})`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
] as const;

/** `2 h`, `1 d 12 h`, `90 min` is `1 h 30 min`; fractions of a second are rounded away, but never to nothing. */
export function durationText(seconds: number): string {
  let left = Math.max(1, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    if (left < size) continue;
    parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  return parts.join(" ");
}
