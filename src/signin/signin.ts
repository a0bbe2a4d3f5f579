/** Puts the methods of signing in together. */
import { randomCode, randomHex } from "../kernel/index.ts";
import { createClaimMethod } from "./claim/method.ts";
import type { SignInContext } from "./context.ts";
import { createLimits } from "./limits.ts";
import { createHashing } from "./password/hashing.ts";
import { createPasswordMethod } from "./password/method.ts";
import type { SignIn, SignInParts } from "./port.ts";

export function createSignIn({ store, clock, settings, random = RANDOM }: SignInParts): SignIn {
  const limits = createLimits({ store, clock });
  const context: SignInContext = { store, clock, settings, random, limits, hashing: createHashing() };
  return { ...createPasswordMethod(context), ...createClaimMethod(context) };
}

/** Codes carry 100 bits. */
const RANDOM = { code: () => randomCode(5, 4), hex: () => randomHex() };
