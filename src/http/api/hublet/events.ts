/** The live stream of the web pages: a snapshot at once, then every change the visitor may see. */
import type { ServerRemoved } from "../../../contract/index.ts";
import type { ServerChange } from "../../../servers/index.ts";
import type { HubServices } from "../../services.ts";
import type { EventStream, Streams } from "../../streams.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerOf, may } from "../caller.ts";
import { seesImages } from "./images.ts";
import { homeView, imageStatuses, serverView } from "./views.ts";

/** For so long, words of a changed configuration are gathered. */
const GATHER_MS = 50;

export function eventsApi(app: ZodApp, services: HubServices, api: string, streams: Streams): void {
  app.get(`${api}/hublet/events`, { exposeHeadRoute: false }, async (request, reply) => {
    const identity = callerOf(request);
    return streams.run(request, reply, identity, (stream) => follow(services, stream));
  });
}

/**
 * Listens before the snapshot is taken, so that nothing falls between; what is heard meanwhile comes after it, since an
 * older snapshot would else be the last word.
 */
async function follow(services: HubServices, stream: EventStream): Promise<void> {
  const early: (() => void)[] = [];
  let tell = (news: () => void): void => void early.push(news);
  const ends = [
    services.servers.subscribe((change) => tell(() => sendChange(stream, change))),
    services.images.subscribe(() => tell(() => stream.send(imageStatuses(services, stream.identity), "images"))),
    services.catalogue.subscribe(() => tell(() => stream.send({}, "catalogue"))),
    services.builds.subscribe((build) => tell(() => toImageAdmin(stream, build, "build"))),
    services.imageDesk.subscribe(() => tell(() => toImageAdmin(stream, {}, "engine-images"))),
    onConfiguration(services, stream, () => tell(() => stream.send({}, "configuration"))),
  ];
  try {
    stream.send(await homeView(services, stream.identity), "home");
    for (const news of early) news();
    tell = (news) => news();
    await ended(stream.signal);
  } finally {
    for (const end of ends) end();
  }
}

/**
 * Calls `tell` when another configuration was taken over, when the reader's own standing changed, and for admins when
 * the configuration's state did. One change of the files is all of these at once: they are told as one.
 * @returns ends it
 */
function onConfiguration(services: HubServices, stream: EventStream, tell: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tell();
    }, GATHER_MS);
  };
  const ends = [
    services.live.subscribe(soon),
    services.live.onStatus(() => {
      if (may(stream.identity, "admin-ui")) soon();
    }),
    services.people.onStanding((name) => {
      if (name !== undefined && name !== stream.identity.user.name) return;
      stream.recheck();
      soon();
    }),
    () => clearTimeout(timer),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** To whom the routes of images and builds answer as well. */
function toImageAdmin(stream: EventStream, news: object, event: string): void {
  if (seesImages(stream.identity)) stream.send(news, event);
}

function sendChange(stream: EventStream, { server, event, removed }: ServerChange): void {
  if (!may(stream.identity, "read:servers", { user: server.user, server: server.name })) return;
  if (removed) {
    stream.send({ user: server.user, name: server.name } satisfies ServerRemoved, "removed");
    return;
  }
  stream.send(serverView(server, stream.identity), "server");
  if (event !== null) stream.send({ user: server.user, server: server.name, event }, "timeline");
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
