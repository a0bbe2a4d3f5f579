/** Hublet's own views, from the rooms' records. */
import type { Identity } from "../../../access/index.ts";
import type { Config, HomeView, ImageStatus, ProfileView, ServerView } from "../../../contract/index.ts";
import { serverViewSchema } from "../../../contract/index.ts";
import type { ServerRecord } from "../../../servers/index.ts";
import type { HubServices } from "../../services.ts";

/** A record carries more than pages may see (engine addresses, gate epochs): only the view's keys leave the hub. */
export function serverView(record: ServerRecord): ServerView {
  return Object.fromEntries(
    Object.keys(serverViewSchema.shape).map((key) => [key, record[key as keyof ServerView]]),
  ) as ServerView;
}

export async function homeView(services: HubServices, identity: Identity): Promise<HomeView> {
  const servers = identity.user.id === 0 ? [] : await services.servers.list(identity.user.name);
  return {
    servers: servers.map(serverView),
    profiles: profileViews(services.config()),
    images: imageStatuses(services, identity),
    limits: services.enforced(),
    notes: identity.user.admin ? [...services.notes()] : [],
  };
}

/** People hear of images on their way; of failed ones only admins do, and everybody else when a start of theirs needs one. */
export function imageStatuses(services: HubServices, identity: Identity): ImageStatus[] {
  return services.images.statuses().filter(({ state }) => identity.user.admin || state !== "failed");
}

function profileViews(config: Config): ProfileView[] {
  return config.profiles.map((profile) => ({
    name: profile.name,
    title: profile.title,
    description: profile.description,
    image: profile.image ?? config.server.image,
    protocol: profile.protocol ?? config.server.protocol,
    memoryBytes: profile.memory ?? config.server.memory,
    cpus: profile.cpus ?? config.server.cpus,
  }));
}
