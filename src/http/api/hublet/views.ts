/** Hublet's own views, from the rooms' records. */
import type { Identity } from "../../../access/index.ts";
import type { Config, HomeView, ImageStatus, PolicyView, ProfileView, ServerView } from "../../../contract/index.ts";
import { serverViewSchema } from "../../../contract/index.ts";
import { launchSettings, type ServerRecord } from "../../../servers/index.ts";
import { offerTo } from "../../choosing.ts";
import type { HubServices } from "../../services.ts";
import { may } from "../caller.ts";
import { toldImages } from "./told-images.ts";

/**
 * A record carries more than pages may see (engine addresses, gate epochs): only the view's keys leave the hub. Of the
 * rule that stopped a server, its place in the files is for admins.
 */
export function serverView(record: ServerRecord, identity: Identity): ServerView {
  const view = Object.fromEntries(
    Object.keys(serverViewSchema.shape).map((key) => [key, record[key as keyof ServerView]]),
  ) as ServerView;
  return may(identity, "admin-ui") && may(identity, "read:hub")
    ? { ...view, stoppedBecause: record.stoppedByRule }
    : view;
}

export async function homeView(services: HubServices, identity: Identity): Promise<HomeView> {
  const servers = identity.user.id === 0 ? [] : await services.servers.list(identity.user.name);
  const policy = services.people.policyOf(identity.user.name);
  const { images, catalogue } = offerTo(services, identity.user.name);
  return {
    servers: servers.map((server) => serverView(server, identity)),
    profiles: profileViews(services.config(), policy),
    choices: [...images],
    catalogue,
    maximumServers: policy.maximumServers.value,
    images: imageStatuses(services, identity),
    limits: services.enforced(),
    notes: identity.user.admin ? [...services.notes()] : [],
  };
}

/** People hear of images on their way; of failed ones only admins do, and everybody else when a start of theirs needs one. */
export function imageStatuses(services: HubServices, identity: Identity): ImageStatus[] {
  return toldImages(services).filter(({ state }) => identity.user.admin || state !== "failed");
}

/** The profiles this person may choose, as they would start for them. */
function profileViews(config: Config, policy: PolicyView): ProfileView[] {
  const allowed = new Set(policy.profiles.map(({ name }) => name));
  return config.profiles
    .filter(({ name }) => allowed.has(name))
    .map(({ name, title, description }) => {
      const { image, protocol, memory, cpus } = launchSettings(config, policy, { profile: name }, false);
      return { name, title, description, image, protocol, memoryBytes: memory, cpus };
    });
}
