/** Secrets of second factors at rest: the one in use, and one that was begun and waits for its first code. */
import { z } from "zod";
import type { Sealer } from "../../kernel/index.ts";
import {
  type Database,
  deleteSecondFactor,
  findSecondFactor,
  putSecondFactor,
  type SecondFactorRow,
} from "../../store/index.ts";

/** How long what was begun waits for its first code (milliseconds). */
const PATIENCE = 3_600_000;

/** Secrets in base32; `at` in milliseconds since the epoch. */
const secretsSchema = z.object({
  current: z.string().nullable(),
  next: z.object({ secret: z.string(), at: z.number() }).nullable(),
});
export type Secrets = z.infer<typeof secretsSchema>;

const NONE: Secrets = { current: null, next: null };

/** Bound to the person: a row copied to another person opens nothing. */
export function sealSecrets(sealer: Sealer, userId: number, secrets: Secrets): string {
  return sealer.seal(purposeOf(userId), JSON.stringify(secrets));
}

/** None when the hub's key is a new one: recovery codes, and an admin's reset, help then. */
export function openSecrets(sealer: Sealer, row: SecondFactorRow | undefined): Secrets {
  if (row === undefined) return NONE;
  const text = sealer.open(purposeOf(row.userId), row.secret);
  return text === undefined ? NONE : secretsSchema.parse(JSON.parse(text.reveal()));
}

/** The secret that waits for its first code. */
export function pendingOf({ next }: Secrets, now: number): string | undefined {
  return next !== null && now - next.at < PATIENCE ? next.secret : undefined;
}

/** Forgets what was begun and not confirmed. Call it in a transaction. */
export async function forgetPending(db: Database, { sealer }: { sealer: Sealer }, userId: number): Promise<void> {
  const row = await findSecondFactor(db, userId);
  if (row === undefined) return;
  if (!row.active) {
    await deleteSecondFactor(db, userId);
    return;
  }
  const { current, next } = openSecrets(sealer, row);
  if (next !== null)
    await putSecondFactor(db, { ...row, secret: sealSecrets(sealer, userId, { current, next: null }) });
}

function purposeOf(userId: number): string {
  return `second-factor:${userId}`;
}
