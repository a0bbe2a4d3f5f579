import type { Clock } from "../../kernel/index.ts";
import { HUB_LABEL } from "../labels.ts";
import type { DriverEvent } from "../port.ts";
import { eventLine } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { jsonLines } from "./streams.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** The engine's own event stream, without polling. While the engine is away, tries to reconnect ever more rarely. */
export async function* watchEngine(
  client: EngineClient,
  hub: string,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<DriverEvent | { readonly kind: "gap" }> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    // Podman answers before it listens: events from the moment of asking on are repeated, so none can slip through.
    const since = clock.now();
    const connection = new AbortController();
    try {
      const { status, body } = await client.open({
        method: "GET",
        path: "/events",
        query: {
          since: (since / 1000).toFixed(3),
          filters: JSON.stringify({ type: ["container"], label: [`${HUB_LABEL}=${hub}`] }),
        },
        signal: AbortSignal.any([signal, connection.signal]),
      });
      if (status === 200) {
        pause = FIRST_PAUSE_MS;
        yield { kind: "gap" };
        yield* ends(client, body);
      }
    } catch (error) {
      if (signal.aborted) return;
      // A broken connection of any kind is what the pause below is for; bugs of ours are not.
      if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    } finally {
      // Also when the caller leaves its loop: the connection must not stay.
      connection.abort();
    }
    await clock.sleep(pause, signal).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** One `ended` for each container: when its process dies, or when it goes without having been seen to die. */
async function* ends(client: EngineClient, body: AsyncIterable<Buffer>): AsyncGenerator<DriverEvent> {
  const told = new Set<string>();
  for await (const { Action: action, Actor: actor } of jsonLines(body, eventLine)) {
    const name = actor.Attributes.name ?? "";
    if (action === "start") {
      told.delete(actor.ID);
    } else if (action === "die" || action === "died") {
      if (told.has(actor.ID)) continue;
      told.add(actor.ID);
      const exitCode = Number.parseInt(actor.Attributes.exitCode ?? actor.Attributes.containerExitCode ?? "", 10);
      yield { kind: "ended", name, id: actor.ID, ...(Number.isNaN(exitCode) ? {} : { exitCode }) };
    } else if (action === client.dialect.removedAction) {
      if (!told.delete(actor.ID)) yield { kind: "ended", name, id: actor.ID };
    }
  }
}
