/** JupyterHub's progress stream of a start (contract 1.9). */
import { HubError } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import type { ZodApp } from "../app.ts";
import type { HubServices } from "../services.ts";
import { openEventStream } from "../sse.ts";
import { existing, onServer } from "./server-path.ts";

export function progressApi(app: ZodApp, services: HubServices, api: string): void {
  onServer(
    app,
    services,
    { method: "GET", prefix: api, suffix: "/progress", scopes: ["read:servers"] },
    async (target, request, reply) => {
      const server = await existing(services, target);
      if (!server.ready && server.pending !== "spawn" && server.state !== "failed")
        throw new HubError("bad-request", `${target.user} is not starting...`);
      const stream = openEventStream(request, reply);
      if (server.ready) stream.send(readyEvent(server));
      else if (server.state === "failed") stream.send(failedEvent(server));
      else {
        stream.send({ progress: 0, message: "Server requested" });
        const key = { user: target.user, server: target.server };
        for await (const event of services.servers.events(key, { signal: stream.signal })) {
          if (event.state === "ready" || event.state === "failed" || event.state === "stopped") break;
          stream.send({ progress: Math.min(event.progress, 99), message: event.message });
        }
        const now = await services.servers.get(key);
        if (now !== undefined) stream.send(now.ready ? readyEvent(now) : failedEvent(now));
      }
      stream.end();
      return reply;
    },
  );
}

function readyEvent(server: ServerRecord): Record<string, unknown> {
  const { url } = server;
  return {
    progress: 100,
    ready: true,
    message: `Server ready at ${url}`,
    html_message: `Server ready at <a href="${url}">${url}</a>`,
    url,
  };
}

function failedEvent(server: ServerRecord): Record<string, unknown> {
  const message =
    server.state === "failed"
      ? `Spawn failed: ${server.failure?.message ?? "for an unknown reason"}`
      : "Spawn cancelled";
  return { progress: 100, failed: true, message };
}
