/**
 * The start page for browsers without script: `HUB spawn/…?plain=1` and what its form posts, under JupyterHub's names
 * `profile`, `image` and `tag`. A repository of the catalogue without a tag is answered with the tags that it has.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "../../access/index.ts";
import type { HubError, UserName } from "../../kernel/index.ts";
import type { ServerRecord } from "../../servers/index.ts";
import { chooserOf, offerTo } from "../choosing.ts";
import { frameOf } from "../frame.ts";
import { renderStart, renderStartTag } from "../pages/start.ts";
import type { HubServices } from "../services.ts";
import { pageXsrf } from "../visitor.ts";
import { sendPage } from "./visit.ts";

/** Whose server is to be started by whom, and where its form is posted to. */
export interface StartForm {
  readonly identity: Identity;
  readonly user: UserName;
  readonly server: ServerRecord | undefined;
}

/** Whether the page without script was asked for. */
export function wantsPlain(request: FastifyRequest): boolean {
  return (request.query as { plain?: unknown }).plain !== undefined;
}

/** The first page: profiles, images, repositories. */
export async function startFormPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  { identity, user, server }: StartForm,
  refused?: HubError,
): Promise<FastifyReply> {
  const offer = offerTo(services, user);
  const listed = offer.catalogue ? await repositoriesFor(services, user) : { names: [], problem: undefined };
  const page = renderStart({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    userName: identity.user.name,
    action: addressOf(request),
    profiles: services.config().profiles.filter(({ name }) => offer.profiles.includes(name)),
    images: offer.images,
    repositories: listed.names,
    chosen: { profile: server?.profile ?? "", image: textOf(server?.options.image) },
    error: refused?.message ?? listed.problem,
  });
  return sendPage(refused === undefined ? reply : reply.code(refused.status), page);
}

/**
 * The second page, when the form named a repository and no tag yet.
 * @returns the page's HTML (a reply would be awaited as a promise), or undefined when nothing is missing
 * @throws HubError `forbidden` for a repository that is not offered
 */
export async function startTagPage(
  request: FastifyRequest,
  reply: FastifyReply,
  services: HubServices,
  { identity, user, server }: StartForm,
  options: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const { image, tag, profile } = options;
  const { images, catalogue } = offerTo(services, user);
  if (typeof image !== "string" || tag !== undefined || !catalogue || images.includes(image)) return undefined;
  const { names } = await repositoriesFor(services, user);
  if (!names.includes(image)) return undefined;
  const found = await services.catalogue.tags(chooserOf(services.people.policyOf(user)), image);
  const last = server?.options.image === image ? textOf(server.options.tag) : "";
  return renderStartTag({
    ...frameOf(services),
    xsrf: pageXsrf(reply, services, request.visitor),
    userName: identity.user.name,
    action: addressOf(request),
    backHref: addressOf(request, { plain: "1" }),
    repository: image,
    tags: found.tags,
    chosen: { profile: textOf(profile), tag: last },
    error: found.problem ?? undefined,
  });
}

/** A registry that does not answer leaves a page without its images, and says why. */
async function repositoriesFor(
  services: HubServices,
  user: UserName,
): Promise<{ readonly names: readonly string[]; readonly problem: string | undefined }> {
  const view = await services.catalogue.view(chooserOf(services.people.policyOf(user)));
  return { names: view.repositories.map(({ name }) => name), problem: view.problem ?? undefined };
}

/** The page's own path with its `next`, and `more`. */
function addressOf(request: FastifyRequest, more: Readonly<Record<string, string>> = {}): string {
  const [path = ""] = request.url.split("?");
  const { next } = request.query as { next?: unknown };
  const query = new URLSearchParams({ ...(typeof next === "string" ? { next } : {}), ...more });
  return query.size === 0 ? path : `${path}?${query}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
