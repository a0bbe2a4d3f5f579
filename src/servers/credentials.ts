/** Servers' tokens and OAuth clients, kept by `src/access`. */
import type { Access } from "../access/index.ts";
import { serverClientId } from "../kernel/index.ts";
import type { ServerCredentials } from "./ports.ts";

/** The port of this room over the access room (contract 2.1, 2.4.5). */
export function accessCredentials(
  access: Pick<Access, "issueServerToken" | "revokeServerToken" | "oauth">,
): ServerCredentials {
  return {
    async issue(of) {
      if (of.tokenId !== null) await access.revokeServerToken(of.tokenId);
      const owner = { id: of.userId, name: of.user, admin: of.userAdmin };
      const { tokenId, secret } = await access.issueServerToken({ owner, server: of.server });
      await access.oauth.registerServerClient({
        serverId: of.serverId,
        user: of.user,
        server: of.server,
        secret,
        redirectUri: `${of.prefix}oauth_callback`,
        description: `Server at ${of.prefix}`,
        allowedScopes: [],
      });
      return { tokenId, token: secret };
    },
    async revoke(of) {
      if (of.tokenId !== null) await access.revokeServerToken(of.tokenId);
      await access.oauth.removeServerClient(serverClientId(of.user, of.server));
    },
  };
}
