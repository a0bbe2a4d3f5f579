/** One stop, from `stopping` to `stopped`. Runs in the background, after whatever was under way. */
import { type Failure, STARTING_STATES } from "../contract/index.ts";
import { HubError, messageOf } from "../kernel/index.ts";
import { type ServerRow, touchServerActivity } from "../store/index.ts";
import { LOG_LINES, outOfMemoryMessage } from "./failures.ts";
import { Superseded } from "./journal.ts";
import { settingsOfRow } from "./launch-settings.ts";
import { nameOf, type Room } from "./room.ts";
import { lastLines, tearDown } from "./teardown.ts";

/** Seconds between tries when the engine does not do as told; after the last the stop counts as failed. */
const RETRY_SECONDS = [1, 3, 10, 30];

/** What the row says once everything is gone. */
export interface Outcome {
  readonly message: string;
  readonly failure?: Failure;
  /** Nobody did it: the stop is no activity of its person. */
  readonly quiet?: boolean;
}

/** Takes a `stopping` server down. Never throws; a hub that leaves meanwhile leaves the rest to the next one. */
export async function runStop(room: Room, row: ServerRow, outcome: Outcome): Promise<void> {
  try {
    const claimed = await room.journal.claim(row);
    if (claimed === undefined) return;
    const trouble = await persistently(room, claimed);
    if (outcome.quiet !== true) {
      const now = room.journal.now();
      const servers = new Map([[row.id, now]]);
      await touchServerActivity(room.journal.db, { userId: row.userId, at: now, servers, resolutionMs: 0 });
    }
    const failure = trouble ?? outcome.failure ?? null;
    await room.journal.finish(
      claimed,
      ["stopping"],
      {
        state: failure === null ? "stopped" : "failed",
        progress: 100,
        message: failure?.message ?? outcome.message,
        ...(failure === null ? {} : { failure }),
      },
      { failure, engineId: null, url: null, tokenId: null, gate: null },
    );
  } catch (error) {
    if (error instanceof Superseded) return;
    if (room.leaving.aborted) return room.journal.release(row);
    throw error;
  }
}

/** @returns why the container could not be removed, or undefined when it is gone */
async function persistently(room: Room, row: ServerRow): Promise<Failure | undefined> {
  for (const wait of [...RETRY_SECONDS, undefined]) {
    try {
      await tearDown(room, row, room.config().server.stopGrace);
      return undefined;
    } catch (error) {
      room.log.warn({ server: nameOf(row), reason: messageOf(error) }, "a server could not be stopped yet");
      if (wait === undefined) {
        const why = error instanceof HubError ? error.message : "The engine did not do as it was told.";
        return {
          code: error instanceof HubError ? error.code : "internal",
          message: `The server could not be stopped. ${why} Hublet removes it when the engine answers again.`,
          log: null,
          at: room.journal.now(),
        };
      }
      await room.clock.sleep(wait * 1000, room.leaving);
    }
  }
  return undefined;
}

/** A ready server has ended by itself: nobody asked for it. */
export async function runEnd(room: Room, row: ServerRow): Promise<void> {
  const seen = await room.driver.observe(nameOf(row));
  if (seen?.running === true) return;
  const code = seen?.exitCode;
  const memory = settingsOfRow(room.config(), room.policyOf(row.user), row.options).memory;
  const message =
    seen?.outOfMemory === true
      ? outOfMemoryMessage(memory, "while it was working")
      : seen === undefined
        ? "The server is gone: it was removed from outside the hub"
        : `The server ended by itself${code === undefined ? "" : ` (exit code ${code})`}`;
  const failure: Failure | undefined =
    seen?.outOfMemory === true
      ? { code: "out-of-memory", message, log: (await lastLines(room, row, LOG_LINES)) || null, at: room.journal.now() }
      : undefined;
  try {
    const ending = await room.journal.step(row, ["ready"], { state: "stopping", progress: 0, message });
    await runStop(room, ending, failure === undefined ? { message } : { message, failure });
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
  }
}

/** A start that no process carries on and that left nothing running. */
export async function runInterrupted(room: Room, row: ServerRow, failure: Failure): Promise<void> {
  try {
    const claimed = await room.journal.claim(row);
    if (claimed === undefined) return;
    const trouble = await persistently(room, claimed);
    if (trouble !== undefined) room.log.warn({ server: nameOf(row) }, trouble.message);
    await room.journal.finish(
      claimed,
      STARTING_STATES,
      { state: "failed", progress: 100, message: failure.message, failure },
      { failure, engineId: null, url: null, tokenId: null, gate: null },
    );
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
  }
}
