/** Puts the methods of signing in together. */
import { createSealer, randomCode, randomHex } from "../kernel/index.ts";
import { createClaimMethod } from "./claim/method.ts";
import type { SignInContext } from "./context.ts";
import { explainOwn } from "./explain.ts";
import { formOf } from "./form.ts";
import { createLimits } from "./limits.ts";
import { createLockouts } from "./lockouts.ts";
import { createHashing } from "./password/hashing.ts";
import { createPasswordMethod } from "./password/method.ts";
import type { SignIn, SignInParts } from "./port.ts";
import { createProviders } from "./providers.ts";
import { createSecondFactors } from "./second-factor/method.ts";
import { createSignUps } from "./sign-up/method.ts";

export function createSignIn(parts: SignInParts): SignIn {
  const { store, clock, people, snapshot, key, log, random = RANDOM } = parts;
  const limits = createLimits({ store, clock });
  const sealer = createSealer(key);
  const hashing = createHashing();
  const settings = () => snapshot().config.signIn;
  const context: SignInContext = { store, clock, people, snapshot, settings, random, limits, hashing, sealer, log };
  const providers = createProviders({ clock, people, snapshot, log, limits, sealer });
  if (settings().dummy !== undefined) {
    log.warn({}, "signIn.dummy lets anybody in by any name: only for trying out on this computer");
  }
  return {
    ...createPasswordMethod(context),
    ...createClaimMethod(context),
    ...createSecondFactors(context),
    ...createSignUps(context),
    ...createLockouts(context),
    ...providers,
    methods: () => [...formOf(settings()), ...providers.methods()],
    explainMethods: async (name) => {
      const own = await explainOwn(context, name);
      const theirs = await providers.explainMethods(name);
      return { methods: [...own.methods, ...theirs.methods], lockouts: [...own.lockouts, ...theirs.lockouts] };
    },
  };
}

/** Codes carry 100 bits. */
const RANDOM = { code: () => randomCode(5, 4), hex: () => randomHex() };
