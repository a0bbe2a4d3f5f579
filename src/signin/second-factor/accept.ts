/** Is this code the person's? */
import { type Database, findSecondFactor, takeRecoveryCode, useSecondFactorStep } from "../../store/index.ts";
import type { SignInContext } from "../context.ts";
import { isAppCode, normalCode, recoveryHash, stepOf } from "./codes.ts";
import { openSecrets } from "./secrets.ts";

/** True for a code of the app, or a recovery code, that was not used before; it is used up. */
export async function acceptCode(
  db: Database,
  { sealer, clock }: SignInContext,
  userId: number,
  typed: string,
): Promise<boolean> {
  const factor = await findSecondFactor(db, userId);
  if (factor?.active !== true) return false;
  const code = normalCode(typed);
  if (!isAppCode(code)) return takeRecoveryCode(db, userId, recoveryHash(code));
  const { current } = openSecrets(sealer, factor);
  const step = current === null ? undefined : stepOf(current, code, clock.now());
  return step !== undefined && useSecondFactorStep(db, userId, step);
}
