/** JupyterHub's progress stream of a start (contract 1.9). */
import { HubError } from "../../kernel/index.ts";
import type { ServerKey, ServerRecord } from "../../servers/index.ts";
import type { HubServices } from "../services.ts";
import type { EventStream, Streams } from "../streams.ts";
import type { ZodApp } from "../zod-app.ts";
import { existing, onServer } from "./server-path.ts";

export function progressApi(app: ZodApp, services: HubServices, api: string, streams: Streams): void {
  onServer(
    app,
    services,
    { method: "GET", prefix: api, suffix: "/progress", scopes: ["read:servers"], stream: true },
    async (target, request, reply) => {
      const server = await existing(services, target);
      const known = outcomeOf(server);
      if (known === undefined && server.pending !== "spawn")
        throw new HubError("bad-request", `${target.user} is not starting...`);
      return streams.run(request, reply, target.identity, async (stream) => {
        if (known !== undefined) stream.send(known);
        else await follow(services, target, stream);
      });
    },
  );
}

/** From the request to the outcome. */
async function follow(services: HubServices, { user, server }: ServerKey, stream: EventStream): Promise<void> {
  stream.send({ progress: 0, message: "Server requested" });
  for await (const event of services.servers.events({ user, server }, { signal: stream.signal })) {
    if (event.state === "ready" || event.state === "failed" || event.state === "stopped") break;
    if (event.state !== "queued") stream.send({ progress: Math.min(event.progress, 99), message: event.message });
  }
  const now = await services.servers.get({ user, server });
  stream.send((now === undefined ? undefined : outcomeOf(now)) ?? CANCELLED);
}

const CANCELLED = { progress: 100, failed: true, message: "Spawn cancelled" } as const;

/** The last event, when the start is over. */
function outcomeOf(server: ServerRecord): Record<string, unknown> | undefined {
  if (server.ready) return readyEvent(server);
  if (server.state !== "failed") return undefined;
  return {
    progress: 100,
    failed: true,
    message: `Spawn failed: ${server.failure?.message ?? "for an unknown reason"}`,
  };
}

function readyEvent({ url }: ServerRecord): Record<string, unknown> {
  // A server's URL is percent-encoded (contract 1.6): no character of it means anything in HTML.
  return {
    progress: 100,
    ready: true,
    message: `Server ready at ${url}`,
    html_message: `Server ready at <a href="${url}">${url}</a>`,
    url,
  };
}
