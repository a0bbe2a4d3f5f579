/** Signing in by somebody else's word: GitHub, OpenID providers, a proxy in front. */
import { HubError, type Sealer } from "../kernel/index.ts";
import type { People, Person, ProviderId, Standings } from "../people/index.ts";
import { createGithub } from "./github/provider.ts";
import { githubSettings } from "./github/settings.ts";
import { headerProof } from "./header/method.ts";
import type { Limits } from "./limits.ts";
import { createDiscovery } from "./oidc/discovery.ts";
import { createOidc } from "./oidc/provider.ts";
import { oidcSettings, oidcTitle } from "./oidc/settings.ts";
import { plain } from "./oidc/troubles.ts";
import type { Providers, SignInMethod, SignInParts } from "./port.ts";
import { explainProviders } from "./provider/explain.ts";
import type { Provider, Vouched } from "./provider/port.ts";
import { createRefresher } from "./provider/refresher.ts";
import { createVisits } from "./provider/visits.ts";
import { CodeRefused } from "./provider/voice.ts";

export interface ProviderParts extends Pick<SignInParts, "clock" | "snapshot" | "log"> {
  readonly people: Pick<Standings, "admit" | "dueIdentities" | "refreshed" | "explain"> & Pick<People, "find">;
  readonly limits: Pick<Limits, "begin">;
  /** Of `SignInParts.key`; what is sealed here is bound to purposes of its own. */
  readonly sealer: Sealer;
}

/**
 * `methods` are providers alone, without the form. `explainMethods` says nothing of passwords and lock-outs: its
 * `methods` are providers alone, `lockouts` is empty.
 */
export function createProviders(parts: ProviderParts): Providers {
  const { clock, snapshot, log, people, limits } = parts;
  const providers = configured(parts);
  const visits = createVisits(parts);
  return {
    methods: () => methodsOf(parts),
    async beginRedirect(method, { callbackUrl, next }) {
      const provider = require(providers(method));
      const { visit, sealed } = visits.begin({
        ...{ provider: method, next },
        callbackUrl: provider.callbackUrl ?? callbackUrl,
      });
      return { location: await provider.begin(visit), state: sealed };
    },
    async finishRedirect({ query, state, address }) {
      const { visit, answer } = visits.takeBack(query, state);
      const provider = require(providers(visit.provider));
      requireCode(provider, answer);
      // Anybody can begin visits and make codes up; the provider is asked about each with our secret.
      const attempt = await limits.begin({ name: undefined, address });
      try {
        const vouched = await logged(parts, { provider: provider.id, address }, () => provider.finish(visit, answer));
        const person = await admit(parts, vouched, address);
        await attempt.succeed(person.name);
        return { person, next: visit.next };
      } catch (error) {
        if (!(error instanceof CodeRefused)) await attempt.withdraw();
        throw error;
      }
    },
    async withHeader(visit) {
      const { header } = snapshot().config.signIn;
      if (header === undefined) throw missing();
      const about = { provider: "header", address: visit.peer };
      const proof = await logged(parts, about, async () => headerProof(header, visit));
      return admit(parts, { proof, hints: async () => [] }, visit.peer);
    },
    refreshDue: createRefresher({
      ...{ clock, people, log, provider: providers },
      every: () => snapshot().config.signIn.refresh,
    }),
    explainMethods: async (name) => ({ methods: await explainProviders(parts, methodsOf(parts), name), lockouts: [] }),
  };
}

function methodsOf({ snapshot }: ProviderParts): readonly SignInMethod[] {
  const { github, oidc, header } = snapshot().config.signIn;
  const methods: SignInMethod[] = [];
  if (github !== undefined) methods.push({ id: "github", title: github.title, kind: "redirect" });
  for (const [name, one] of Object.entries(oidc))
    methods.push({ id: `oidc:${name}`, title: oidcTitle(name, one), kind: "redirect" });
  if (header !== undefined) methods.push({ id: "header", title: header.title, kind: "header" });
  return methods;
}

/** Providers as the configuration has them at this moment. */
function configured(parts: ProviderParts): (id: ProviderId) => Provider | undefined {
  const { snapshot } = parts;
  const tools = { clock: parts.clock, sealer: parts.sealer };
  const discovery = createDiscovery(tools);
  return (id) => {
    const now = snapshot();
    const { github, oidc } = now.config.signIn;
    if (id === "github" && github !== undefined) {
      const { title, callbackUrl } = github;
      return createGithub({ title, callbackUrl, tools, settings: () => githubSettings(now, github) });
    }
    const name = id.startsWith("oidc:") ? id.slice("oidc:".length) : "";
    const one = Object.hasOwn(oidc, name) ? oidc[name] : undefined;
    if (one === undefined) return undefined;
    return createOidc({
      ...{ name, title: oidcTitle(name, one), callbackUrl: one.callbackUrl, discovery, tools },
      settings: () => oidcSettings(now, name, one),
    });
  };
}

/** The provider's own refusal, in words. https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 */
function requireCode({ title }: Provider, answer: URLSearchParams): void {
  const error = answer.get("error");
  if (error === null && answer.getAll("code").length === 1) return;
  const detail = `${error === null ? "no code" : plain(error)}: ${(answer.get("error_description") ?? "").slice(0, 300)}`;
  if (error === "access_denied")
    throw new HubError(
      "sign-in-refused",
      `${title} did not let you in here: you said no, or your organisation does not allow this hub. Begin again at the sign-in page, and allow it.`,
      { detail },
    );
  const why = error === null ? "it sent no code" : plain(error);
  throw new HubError(
    "sign-in-refused",
    `${title} did not sign you in (${why}). Begin again at the sign-in page; if it stays so, tell an admin.`,
    { detail },
  );
}

/** Lets somebody in or not; a refusal is completed by what the provider knows about it. */
async function admit({ people, log }: ProviderParts, { proof, hints }: Vouched, address: string): Promise<Person> {
  const { provider, subject, login } = proof;
  try {
    const person = await people.admit(proof);
    log.info({ provider, subject, login, user: person.name, address }, "signed in");
    return person;
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== "sign-in-refused") throw error;
    const more = await hints().catch((failed: unknown) => {
      log.warn({ provider, subject, err: failed }, "the provider does not say why somebody is not a member");
      return [];
    });
    const detail = [error.detail, ...more].filter((text) => text !== undefined).join(" ");
    log.warn({ provider, subject, login, address, detail }, "sign-in refused");
    throw new HubError(error.code, error.message, { detail, cause: error });
  }
}

/** Failures of providers are for admins to see; what is thrown carries no tokens. */
async function logged<T>(
  { log }: ProviderParts,
  about: { readonly provider: string; readonly address: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HubError)
      log.warn({ ...about, code: error.code, problem: error.message, detail: error.detail }, "sign-in failed");
    throw error;
  }
}

function require(provider: Provider | undefined): Provider {
  if (provider === undefined) throw missing();
  return provider;
}

function missing(): HubError {
  return new HubError("not-found", "This way of signing in is not set up on this hub. Choose another.");
}
