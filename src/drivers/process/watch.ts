import type { Clock } from "../../kernel/index.ts";
import type { DriverEvent } from "../port.ts";
import { idOf, isAlive } from "./identity.ts";
import type { ProcessRecord, RecordFolder } from "./records.ts";

/** How often adopted servers are looked at: the kernel tells only a parent when a process ends, and we are not theirs. */
const ADOPTED_LOOK_MS = 2_000;

/** Tells watchers what happens to processes that this hub started itself. */
export class Announcements {
  readonly #listeners = new Set<(end: DriverEvent & { readonly hub: string }) => void>();

  add(listener: (end: DriverEvent & { readonly hub: string }) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(end: DriverEvent & { readonly hub: string }): void {
    for (const listener of this.#listeners) listener(end);
  }
}

export interface WatchContext {
  readonly records: RecordFolder;
  readonly announcements: Announcements;
  readonly clock: Clock;
  /** Whether this hub is the process's parent, so that its end will be announced. */
  readonly isChild: (record: ProcessRecord) => boolean;
}

/** Ends of processes: our children's as they happen, adopted ones' within `ADOPTED_LOOK_MS`. */
export async function* watchProcesses(
  context: WatchContext,
  hub: string,
  signal: AbortSignal,
): AsyncGenerator<DriverEvent | { readonly kind: "gap" }> {
  const queue: DriverEvent[] = [];
  let wake: () => void = () => undefined;
  const forget = context.announcements.add(({ hub: ofHub, ...end }) => {
    if (ofHub !== hub) return;
    queue.push(end);
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    const adopted = await findAdopted(context, hub);
    yield { kind: "gap" };
    while (!signal.aborted) {
      yield* queue.splice(0);
      for (const [id, record] of adopted) {
        if (await isAlive(record)) continue;
        adopted.delete(id);
        yield { kind: "ended", name: record.name, id };
      }
      if (queue.length > 0 || signal.aborted) continue;
      const timer = new AbortController();
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (adopted.size > 0) void context.clock.sleep(ADOPTED_LOOK_MS, timer.signal).then(resolve, () => undefined);
      });
      timer.abort();
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    forget();
  }
}

async function findAdopted(context: WatchContext, hub: string): Promise<Map<string, ProcessRecord>> {
  const adopted = new Map<string, ProcessRecord>();
  for (const record of await context.records.all()) {
    if (record.hub === hub && !context.isChild(record) && (await isAlive(record))) adopted.set(idOf(record), record);
  }
  return adopted;
}
