/** Why somebody was not let in: what the person reads, and what an admin reads in the log. */
import { HubError } from "../../kernel/index.ts";
import type { Proof } from "../port.ts";
import { causeText } from "../rules/cause.ts";
import type { ProviderRules } from "../rules/providers.ts";
import type { Rules } from "../rules/rules.ts";
import { against } from "../standing/against.ts";
import type { PersonFacts } from "../standing/facts.ts";

/** Of longer lists people read the beginning: they are to know whom to ask, not everything there is. */
const SHOWN = 5;

export function refusalOf(facts: PersonFacts, rules: Rules, provider: ProviderRules, proof: Proof): HubError {
  const text = `You are signed in at ${provider.title} as “${proof.login}”, but this hub does not let you in yet. ${whoMayEnter(provider)}`;
  const looked = against(facts, rules).map((cause) => causeText(cause, rules.snapshot));
  return new HubError("sign-in-refused", text, { detail: looked.join(" ") });
}

/** What the person can do about it. Lists of people are nobody's business, so they are not told. */
function whoMayEnter(provider: ProviderRules): string {
  const groups = [...new Set([...provider.groups.keys(), ...provider.adminGroups.keys()])];
  const domains = [...provider.domains.keys()];
  const ways = [
    groups.length > 0 ? `members of ${listed(groups)}` : undefined,
    domains.length > 0 ? `people with a confirmed e-mail address at ${listed(domains)}` : undefined,
    "people whom an admin has named",
  ].filter((way) => way !== undefined);
  const note =
    provider.id === "github" && groups.length > 0
      ? " If you are a member: an organisation can keep this app from seeing its members, until one of its owners approves the app on GitHub."
      : "";
  return `It lets in ${ways.join(", and ")}. Ask an admin of this hub.${note}`;
}

function listed(entries: readonly string[]): string {
  const shown = entries.slice(0, SHOWN);
  const rest = entries.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(" or ");
}

export function noSuchProvider(proof: Proof): HubError {
  return new HubError(
    "sign-in-refused",
    "This way of signing in is no longer used here. Go back to the sign-in page and choose another one.",
    { detail: `The configuration has no provider ${proof.provider} any more.` },
  );
}

export function otherInstanceNow({ issuer }: Proof, provider: ProviderRules): HubError {
  return new HubError(
    "sign-in-refused",
    `The address of ${provider.title} was changed here while you signed in. Begin again at the sign-in page.`,
    { detail: `The answer is of ${issuer}; the configuration names ${provider.issuer ?? "none"} now.` },
  );
}

export function unusableLogin(proof: Proof, provider: ProviderRules): HubError {
  return new HubError(
    "sign-in-refused",
    `Your name at ${provider.title} cannot be used on this hub: it is too long, has “/” or characters that cannot be seen, or letters that look like others. Ask an admin of this hub, or change your name there.`,
    { detail: `The login was ${JSON.stringify(proof.login.slice(0, 200))}.` },
  );
}
