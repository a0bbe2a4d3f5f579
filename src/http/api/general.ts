/** The API's root, health, information, and who the caller is. */
import { scopeList, tokenText } from "../../access/index.ts";
import { PROTOCOL_VERSION } from "../headers.ts";
import type { HubServices } from "../services.ts";
import type { ZodApp } from "../zod-app.ts";
import { callerOf, callerWith } from "./caller.ts";
import { userModel } from "./models.ts";

export function generalApi(app: ZodApp, services: HubServices, api: string): void {
  for (const path of [api, `${api}/`]) {
    app.get(path, { config: { xsrf: "exempt" } }, async (_request, reply) =>
      reply.header("access-control-allow-origin", "*").send({ version: PROTOCOL_VERSION }),
    );
  }
  app.get(`${api}/health`, { config: { open: true } }, async (_request, reply) => reply.send(""));

  app.get(`${api}/info`, async (request) => {
    callerWith(request, ["read:hub"]);
    return {
      version: PROTOCOL_VERSION,
      python: "",
      sys_executable: "",
      spawner: { class: "hublet", version: services.version },
      authenticator: { class: "hublet", version: services.version },
    };
  });

  // The call everything hangs on (contract 2.9): 403, never 401, for bad credentials.
  app.get(`${api}/user`, async (request) => {
    const identity = callerOf(request);
    const person = await services.people.byId(identity.user.id);
    const model =
      person === undefined
        ? { kind: "user", name: identity.user.name, admin: identity.user.admin }
        : userModel(services, person, await services.servers.list(person.name), identity, { includeStopped: false });
    const viaToken = identity.via === "token";
    return {
      name: identity.user.name,
      groups: [],
      ...model,
      token_id: viaToken && identity.tokenId !== null ? tokenText(identity.tokenId) : null,
      session_id: viaToken ? identity.sessionId : null,
      scopes: scopeList(identity.scopes),
    };
  });
}
