/** Passwords that another hub kept as bcrypt: they hold until their person signs in, and are then hashed anew. */
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { HubError } from "../../kernel/index.ts";

/** `$2b$12$` and 53 characters of salt and hash (bcrypt's own base64). */
const FORM = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** One more doubles the work of whoever tries a password: 14 is about a second of a core. */
const HARDEST = 14;
const verdictSchema = z.boolean();

export function isImported(stored: string): boolean {
  return stored.startsWith("$2");
}

/** @throws HubError `bad-request` for what is no bcrypt hash, or one that would keep a core busy for seconds */
export function acceptImported(hash: string): string {
  const cost = FORM.exec(hash)?.[1];
  if (cost === undefined) throw new HubError("bad-request", "The password's hash is not one of bcrypt: $2b$12$….");
  if (Number(cost) > HARDEST || Number(cost) < 4)
    throw new HubError("bad-request", `The password's hash has a cost of ${cost}; from 4 to ${HARDEST} can be taken.`);
  return hash;
}

/**
 * Whether `typed` is the password of a bcrypt hash. In a thread of its own: it is a quarter of a second's work.
 * @param typed as it was typed: bcrypt's hubs do not normalise, and take the first 72 bytes alone
 */
export async function verifyImported(stored: string, typed: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const worker = new Worker(new URL("./imported-worker.ts", import.meta.url), { workerData: { stored, typed } });
  worker.once("message", (verdict: unknown) => resolve(verdictSchema.parse(verdict)));
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the thread that checks a password ended without an answer")));
  return promise;
}
