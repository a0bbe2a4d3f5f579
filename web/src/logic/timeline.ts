/** From the events of a start to the steps that a person sees. */
import type { ServerEvent, ServerState, ServerView, StartStep } from "../../../src/contract/index.ts";

/** Whether a start is under way in a state. A record, so that a new state cannot be forgotten here. */
const STARTING: Readonly<Record<ServerState, boolean>> = {
  stopped: false,
  queued: true,
  preparing: true,
  pulling: true,
  starting: true,
  ready: false,
  stopping: false,
  failed: false,
};

export function isStarting(state: ServerState): boolean {
  return STARTING[state];
}

/** The steps in their order. */
const ORDER: Readonly<Record<StartStep, number>> = { home: 0, image: 1, container: 2, jupyter: 3, address: 4 };
const STEPS = (Object.keys(ORDER) as StartStep[]).toSorted((a, b) => ORDER[a] - ORDER[b]);

/** The step a state means when no event has told it yet. */
const STEP_OF_STATE: Partial<Record<ServerState, StartStep>> = {
  preparing: "home",
  pulling: "image",
  starting: "container",
};

export interface StepView {
  readonly step: StartStep;
  readonly status: "waiting" | "active" | "done" | "failed";
  /** The hub's own words, of the step's last event. */
  readonly message: string | null;
  readonly began: string | null;
  readonly ended: string | null;
  readonly bytesDone: number | null;
  readonly bytesTotal: number | null;
}

export interface StartView {
  readonly steps: readonly StepView[];
  /** The step in work, or the one that failed. */
  readonly current: StepView | null;
  /** 0–100. */
  readonly progress: number;
  /** When the start was asked for. */
  readonly began: string | null;
  /** The start had worked: what failed came later. */
  readonly wasReady: boolean;
}

/** Folds the events of the current or last start (in any order, with repeats) into steps. */
export function foldStart(server: Pick<ServerView, "state" | "since">, events: readonly ServerEvent[]): StartView {
  const sorted = uniqueById(events);
  const last = sorted.at(-1);
  const lastStep = sorted.findLast((event) => event.step !== null)?.step ?? STEP_OF_STATE[server.state] ?? null;
  const reached = lastStep === null ? -1 : ORDER[lastStep];
  const over = isStarting(server.state) ? null : (last?.at ?? null);
  const wasReady = sorted.some(({ state }) => state === "ready");
  // The failure stands below the steps: a step that ended with the same words does not repeat them.
  const untold = new Set(["", ...sorted.map(({ failure }) => failure?.message ?? "")]);
  const steps = STEPS.map((step): StepView => {
    const own = sorted.filter((event) => event.step === step);
    const later = sorted.find((event) => event.step !== null && ORDER[event.step] > ORDER[step]);
    const newest = own.findLast((event) => event.bytesDone !== null);
    const status = statusOf(ORDER[step], reached, wasReady ? "ready" : server.state);
    const began = earlier(
      own[0]?.at ?? null,
      status === "active" && own[0]?.state === server.state ? server.since : null,
    );
    return {
      step,
      status,
      message: own.findLast((event) => event.failure === null && !untold.has(event.message))?.message ?? null,
      began,
      ended: began === null ? null : (later?.at ?? over),
      bytesDone: newest?.bytesDone ?? null,
      bytesTotal: newest?.bytesTotal ?? null,
    };
  });
  return {
    steps,
    current: steps.find(({ status }) => status === "active" || status === "failed") ?? null,
    progress: server.state === "ready" ? 100 : (last?.progress ?? 0),
    began: sorted[0]?.at ?? null,
    wasReady,
  };
}

/** Adds an event that came by the stream; one that is known already changes nothing. */
export function withEvent(events: readonly ServerEvent[], event: ServerEvent): readonly ServerEvent[] {
  if (events.some(({ id }) => id === event.id)) return events;
  // `queued` begins another start: what was before it is history.
  if (event.state === "queued") return [event];
  // Progress replaces progress, so that a long pull does not pile up; a step's first event stays, for its time.
  const [before, last] = events.slice(-2);
  const more = before !== undefined && last !== undefined && isSame(before, last) && isSame(last, event);
  return [...(more ? events.slice(0, -1) : events), event];
}

function isSame(a: ServerEvent, b: ServerEvent): boolean {
  return a.step !== null && a.step === b.step && a.state === b.state;
}

/** The hub keeps the last progress only: a step may have begun before the first event that is left of it. */
function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a;
  return Date.parse(b) < Date.parse(a) ? b : a;
}

function statusOf(index: number, reached: number, state: ServerState): StepView["status"] {
  if (state === "ready" || index < reached) return "done";
  if (index > reached) return "waiting";
  if (state === "failed") return "failed";
  return isStarting(state) ? "active" : "waiting";
}

function uniqueById(events: readonly ServerEvent[]): readonly ServerEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()].toSorted((a, b) => a.id - b.id);
}
