/** Signing in by somebody else's word: GitHub, OpenID providers, a proxy in front. */
import { HubError, type Sealer } from "../kernel/index.ts";
import type { Providers, SignInParts } from "./port.ts";

export interface ProviderParts extends Pick<SignInParts, "clock" | "snapshot" | "log"> {
  readonly people: Pick<SignInParts["people"], "admit" | "dueIdentities" | "refreshed" | "identitiesOf">;
  /** Of `SignInParts.key`; what is sealed here is bound to purposes of its own. */
  readonly sealer: Sealer;
  /** Where GitHub's client id and secret may stand. Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** `explainMethods` says nothing of passwords and lock-outs: its `methods` are providers alone, `lockouts` is empty. */
export function createProviders(_parts: ProviderParts): Providers {
  const missing = () => new HubError("not-found", "This way of signing in is not set up on this hub. Choose another.");
  return {
    methods: () => [],
    beginRedirect: () => Promise.reject(missing()),
    finishRedirect: () => Promise.reject(missing()),
    withHeader: () => Promise.reject(missing()),
    refreshDue: () => Promise.resolve(),
    explainMethods: () => Promise.resolve({ methods: [], lockouts: [] }),
  };
}
