/** Which scopes a client gets for a person (contract 2.2.5 and 2.2.6). */
import { fullServerName } from "../../kernel/index.ts";
import { listScopesGivenTo, type OauthClientRow } from "../../store/index.ts";
import type { Holder } from "../authority.ts";
import type { Person } from "../identity.ts";
import { expand } from "../scopes/expand.ts";
import { parseScope } from "../scopes/grammar.ts";
import { IDENTITY_SCOPES, scopesOfRole } from "../scopes/roles.ts";
import { covers, intersect, scopeList } from "../scopes/scope-set.ts";
import type { OAuthParts } from "./oauth.ts";

/**
 * The raw scopes to offer: what is asked for (absent: all that is allowed) with identity and access, cut down to what
 * the person holds. A string says what is wrong with the request.
 */
export function grantable(
  { authority }: OAuthParts,
  client: OauthClientRow,
  person: Holder,
  requested: string | undefined,
): readonly string[] | { readonly problem: string } {
  const always = [...IDENTITY_SCOPES, accessScope(client)];
  const expansion = authority.expansion(person, client);
  const asked = requested === undefined ? client.allowedScopes : requested.split(" ").filter((scope) => scope !== "");
  if (requested !== undefined && asked.length === 0) return { problem: "The scope is empty." };
  const raw = asked.filter((scope) => scope !== "identify").flatMap((scope) => scopesOfRole(scope) ?? [scope]);
  const unknown = raw.find((scope) => !isScope(scope));
  if (unknown !== undefined) return { problem: `There is no scope ${printable(unknown)}.` };

  const allowed = expand([...rawOf(client.allowedScopes), ...always], expansion);
  const excess = raw.find((scope) => !covers(allowed, expand([scope], expansion), authority.groupsOf));
  if (excess !== undefined) return { problem: `This client may not ask for ${printable(excess)}.` };

  const held = authority.scopesOf(person);
  const granted = [...always, ...raw].flatMap((scope) => {
    const expanded = expand([scope], expansion);
    // The raw spelling is kept where all of it is held, so that it says what was meant.
    if (covers(held, expanded, authority.groupsOf)) return [scope];
    return scopeList(intersect(expanded, held, authority.groupsOf));
  });
  return [...new Set(granted)];
}

/** No question for one's own server, nor for what the person has given this client already. */
export async function needsConfirmation(
  { store, clock, authority }: OAuthParts,
  client: OauthClientRow,
  person: Person,
  scopes: readonly string[],
): Promise<boolean> {
  if (client.user === person.name) return false;
  const now = new Date(clock.now()).toISOString();
  const given = await listScopesGivenTo(store.db, client.clientId, person.id, now);
  if (given.length === 0) return true;
  const expansion = authority.expansion(await authority.holderOf(person), client);
  return !covers(expand(given, expansion), expand(scopes, expansion), authority.groupsOf);
}

/** The scope that opens the client's server. */
export function accessScope(client: OauthClientRow): string {
  return `access:servers!server=${fullServerName(client.user, client.server)}`;
}

function rawOf(scopesAndRoles: readonly string[]): string[] {
  return scopesAndRoles.flatMap((scope) => scopesOfRole(scope) ?? [scope]);
}

function isScope(text: string): boolean {
  try {
    parseScope(text);
    return true;
  } catch {
    // Its words are for the REST API; OAuth has its own.
    return false;
  }
}

/** `error_description` allows printable ASCII without quotes and backslashes (RFC 6749, 4.1.2.1). */
function printable(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "?");
}
