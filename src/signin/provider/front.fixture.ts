/** Providers on their own, with a people room that only writes down what it is told. For the whole way see `people.test.ts`. */
import { type HeldClock, heldClock } from "../../../test/support/held-clock.ts";
import { type ConfigSnapshot, snapshotFromText } from "../../config/index.ts";
import { createSealer, HubError, Secret, userName } from "../../kernel/index.ts";
import type { DueIdentity, Person, Proof, Refreshed } from "../../people/index.ts";
import type { Providers } from "../port.ts";
import { createProviders } from "../providers.ts";

export const CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback";
const SECRETS = { "github-secret": "a secret of the app", "oidc-secret": "a secret of the client" };

export interface Front {
  readonly providers: Providers;
  readonly clock: HeldClock;
  readonly proofs: Proof[];
  readonly refreshed: { readonly id: number; readonly outcome: Refreshed }[];
  /** What is due at the next round. */
  due: DueIdentity[];
  /** Everybody is refused with this detail. */
  refuseWith: string | undefined;
  /** Everything that was logged, as text. */
  readonly log: string[];
  configure(yaml: string): void;
  /** Begins, lets the browser go there and back, and ends it; returns what the provider said. */
  signIn(method: string, visit: (location: string) => Promise<URL> | URL): Promise<Proof>;
  /** Looks up one identity again, made of the last proof. */
  refresh(proof?: Proof): Promise<Refreshed | undefined>;
}

export function front(yaml: string, clock: HeldClock = heldClock(Date.now())): Front {
  let snapshot: ConfigSnapshot;
  const log: string[] = [];
  const line = (facts: object, message: string) => {
    log.push(`${message} ${JSON.stringify(facts)}`);
  };
  const self: Front = {
    providers: createProviders({
      clock,
      snapshot: () => snapshot,
      sealer: createSealer(new Secret("the hub's key, long enough")),
      // Counted in a database: see attacks/false-codes.test.ts.
      limits: { begin: async () => ({ succeed: async () => undefined, withdraw: async () => undefined }) },
      log: { info: line, warn: line, error: line },
      people: {
        admit: async (proof) => {
          self.proofs.push(proof);
          if (self.refuseWith !== undefined)
            throw new HubError("sign-in-refused", "No rule lets you in.", { detail: self.refuseWith });
          return personCalled(proof.login);
        },
        dueIdentities: async () => self.due,
        refreshed: async (id, outcome) => {
          self.refreshed.push({ id, outcome });
        },
        find: async () => undefined,
        explain: () => Promise.reject(new Error("not asked here")),
      },
    }),
    ...{ clock, log, proofs: [], refreshed: [], due: [], refuseWith: undefined },
    configure: (text) => {
      snapshot = snapshotFromText(text, { secrets: SECRETS });
    },
    async signIn(method, visit) {
      const begun = await self.providers.beginRedirect(method, { callbackUrl: CALLBACK, next: "/hub/home" });
      const back = await visit(begun.location);
      const query = back.search.slice(1);
      await self.providers.finishRedirect({ query, state: begun.state, callbackUrl: CALLBACK, address: "192.0.2.1" });
      const proof = self.proofs.at(-1);
      if (proof === undefined) throw new Error("nobody was vouched for");
      return proof;
    },
    async refresh(proof = self.proofs.at(-1)) {
      if (proof === undefined) throw new Error("nobody was vouched for");
      self.due = [dueOf(proof)];
      const before = self.refreshed.length;
      await self.providers.refreshDue(AbortSignal.timeout(20_000));
      return self.refreshed.slice(before)[0]?.outcome;
    },
  };
  self.configure(yaml);
  return self;
}

export function dueOf(proof: Proof, id = 1): DueIdentity {
  const { provider, issuer, subject, login, credential } = proof;
  return {
    ...{ id, provider, issuer, subject, login, credential },
    user: userName("somebody"),
    refreshedAt: "2020-01-01T00:00:00.000Z",
    overdue: false,
  };
}

function personCalled(login: string): Person {
  const base = { id: 1, name: userName(login.replaceAll("/", "-")), admin: false, created: "2020-01-01T00:00:00.000Z" };
  return { ...base, lastActivity: null, hasPassword: false, suspended: null, byHand: false };
}
