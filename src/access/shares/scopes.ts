/** Which scopes can be shared: those that say something about a server, each for that one server (contract 3.5). */
import { fullServerName, HubError } from "../../kernel/index.ts";
import type { Identity } from "../identity.ts";
import { expand } from "../scopes/expand.ts";
import { parseScope } from "../scopes/grammar.ts";
import { beyond, EMPTY } from "../scopes/scope-set.ts";
import type { ServerAt } from "./server-at.ts";

/**
 * All others say something about people, groups or the hub, where the filter by a server leaves nothing. Refusing them
 * tells the one who shares that they would give nothing, and keeps what a later version makes of them out of old shares.
 */
const SHAREABLE: ReadonlySet<string> = new Set([
  "access:servers",
  "read:servers",
  "start:servers",
  "delete:servers",
  "servers",
  "admin:server_state",
  "admin:servers",
  "read:shares",
  "shares",
]);

/** Names of the scopes, without their filter. @throws HubError `bad-request` for an unknown scope or another filter */
export function sharedScopes({ user, server }: ServerAt, raw: readonly string[]): readonly string[] {
  return raw.map((text) => {
    const scope = parseScope(text);
    const own =
      scope.kind === "plain" ||
      (scope.kind === "filtered" && scope.filter === "server" && scope.value === fullServerName(user, server));
    if (!own)
      throw new HubError(
        "bad-request",
        `The scope “${text.slice(0, 80)}” cannot be shared: only this server can, so no filter but “!server=${fullServerName(user, server)}” is allowed.`,
      );
    if (!SHAREABLE.has(scope.name))
      throw new HubError(
        "bad-request",
        `The scope “${scope.name}” cannot be shared: it says nothing about a server. Share ${[...SHAREABLE].join(", ")}.`,
      );
    return scope.name;
  });
}

/** Nobody gives what they do not hold, included scopes too. @throws HubError `forbidden` */
export function requireHeld(by: Identity, { user, server }: ServerAt, names: readonly string[]): void {
  const raw = names.map((name) => `${name}!server=${fullServerName(user, server)}`);
  // No meta scopes come here, so that owner and owner's scopes matter for nothing.
  const wanted = expand(raw, { owner: by.user.name, ownerScopes: EMPTY });
  const excess = beyond(by.scopes, wanted, by.groupsOf);
  if (excess.length > 0)
    throw new HubError("forbidden", `You cannot share scopes that you do not hold: ${excess.slice(0, 20).join(", ")}.`);
}
