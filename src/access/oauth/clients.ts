/** OAuth clients: one for each started server (contract 2.1). */
import { HubError, serverClientId, sha256 } from "../../kernel/index.ts";
import { removeOauthClient, replaceOauthClient, type Store } from "../../store/index.ts";
import { parseScope } from "../scopes/grammar.ts";
import type { ServerClient } from "./oauth.ts";

/**
 * Puts the client of a server in place of the one of its last start; what that one gave out ends.
 * @throws HubError `conflict` when the id is another server's, `bad-request` for an unknown scope
 */
export async function registerServerClient(store: Store, client: ServerClient): Promise<{ readonly clientId: string }> {
  for (const scope of client.allowedScopes) parseScope(scope);
  const clientId = serverClientId(client.user, client.server);
  const replaced = await replaceOauthClient(store.db, {
    clientId,
    secretHash: sha256(client.secret.reveal()),
    redirectUri: client.redirectUri,
    description: client.description,
    serverId: client.serverId,
    allowedScopes: client.allowedScopes,
  });
  // User “a” with server “b” and user “a-b” have the same client id by the contract. Neither may take over the other.
  if (!replaced) {
    throw new HubError(
      "conflict",
      `The server “${client.server}” of ${client.user} cannot start while another server with the client id ${clientId} runs. Stop that one, or choose another server name.`,
    );
  }
  return { clientId };
}

/** Removes a client with its tokens and codes; `serverId` limits it to that server's. Missing is fine. */
export async function removeServerClient(store: Store, clientId: string, serverId?: number): Promise<void> {
  await removeOauthClient(store.db, clientId, serverId);
}
