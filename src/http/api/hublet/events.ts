/** The live stream of the web pages: a snapshot at once, then every change the visitor may see. */
import type { Identity } from "../../../access/index.ts";
import type { ServerChange } from "../../../servers/index.ts";
import type { ZodApp } from "../../app.ts";
import type { HubServices } from "../../services.ts";
import { type EventStream, openEventStream } from "../../sse.ts";
import { callerOf, may } from "../caller.ts";
import { homeView, serverView } from "./views.ts";

export function eventsApi(app: ZodApp, services: HubServices, api: string): void {
  app.get(`${api}/hublet/events`, async (request, reply) => {
    const identity = callerOf(request);
    const stream = openEventStream(request, reply);
    const ends = [
      services.servers.subscribe((change) => tell(stream, identity, change)),
      services.images.subscribe(() => stream.send([...services.images.statuses()], "images")),
    ];
    stream.signal.addEventListener("abort", () => {
      for (const end of ends) end();
    });
    // Subscribed before the snapshot is taken: nothing can fall between.
    stream.send(await homeView(services, identity), "home");
    return reply;
  });
}

function tell(stream: EventStream, identity: Identity, change: ServerChange): void {
  const { server, event } = change;
  if (!may(identity, "read:servers", { user: server.user, server: server.name })) return;
  stream.send(serverView(server), "server");
  if (event !== null) stream.send({ user: server.user, server: server.name, event }, "timeline");
}
