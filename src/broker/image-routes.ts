/** Images: fetched, listed, named, pushed and removed by the names that the configuration knows. */
import { z } from "zod";
import { quoted } from "./check-container.ts";
import { answerWith, type Exchange, listOf, look, relay } from "./exchange.ts";
import { hostNumbers } from "./host-numbers.ts";
import { fullImageName, isImageId } from "./image-names.ts";
import { mayName, mayUse } from "./policy.ts";
import { Missing, Refusal } from "./refusal.ts";
import { flag, type Route, route } from "./route.ts";
import { targetText } from "./target.ts";

/** Image label of the program's own images. */
const PROGRAM_LABEL = "org.hublet.digest";
/** Nobody's, where Docker writes a name for want of one. */
const NAMELESS = /<none>/;
const names = z.array(z.string()).nullish();
const labels = z.record(z.string(), z.string()).nullish();
const image = z.looseObject({
  Id: z.string(),
  RepoTags: names,
  RepoDigests: names,
  Config: z.looseObject({ Labels: labels, User: z.string().nullish() }).nullish(),
});
const listed = z.array(z.looseObject({ Id: z.string(), RepoTags: names, RepoDigests: names, Labels: labels }));
type Image = Pick<z.output<typeof image>, "RepoTags" | "RepoDigests"> & { readonly labels: z.output<typeof labels> };

const tag = z.string().regex(/^\w[\w.-]{0,127}$/);

export const imageRoutes: readonly Route[] = [
  route("GET /images/json", { digests: flag.optional() }, async (exchange, { query }) => {
    const found = await listOf(exchange, targetText(exchange.prefix, ["images", "json"], query), listed);
    if (found === undefined) return;
    const ours = found.filter((each) => isUsable(exchange, { ...each, labels: each.Labels }) || isProgram(each.Labels));
    answerWith(exchange, { status: 200, text: JSON.stringify(ours) });
  }),
  // Only from a registry: `fromSrc` would make an image of anything.
  route("POST /images/create", { fromImage: z.string() }, async (exchange, { query }) => {
    const full = fullImageName(query.fromImage);
    if (full === undefined || !mayUse(exchange.policy, full)) throw unnamed(query.fromImage);
    const target = targetText(exchange.prefix, ["images", "create"], query);
    await relay(exchange, { method: "POST", target, headers: signIn(exchange, "x-registry-auth") });
  }),
  route("GET /images/{name...}/json", {}, async (exchange, { name }) => {
    const found = await find(exchange, name);
    if (found === undefined) throw new Missing(`no such image: ${quoted(name)}`);
    if (!isUsable(exchange, found.image) && !isProgram(found.image.labels))
      throw new Refusal(`no such image: ${quoted(name)}`, 404);
    answerWith(exchange, { status: 200, text: found.text });
  }),
  route("POST /images/{name...}/tag", { repo: z.string(), tag }, async (exchange, { name, query }) => {
    const full = fullImageName(`${query.repo}:${query.tag}`);
    if (full === undefined || !mayName(exchange.policy, full)) throw unnamed(`${query.repo}:${query.tag}`);
    const found = await find(exchange, name);
    if (found === undefined) throw new Missing(`no such image: ${quoted(name)}`);
    if (!isUsable(exchange, found.image)) throw unnamed(name);
    const target = targetText(exchange.prefix, ["images", ...name.split("/"), "tag"], query);
    await relay(exchange, { method: "POST", target });
  }),
  route("POST /images/{name...}/push", { tag }, async (exchange, { name, query }) => {
    const full = fullImageName(`${name}:${query.tag}`);
    if (full === undefined || !mayName(exchange.policy, full)) throw unnamed(name);
    const target = targetText(exchange.prefix, ["images", ...name.split("/"), "push"], query);
    await relay(exchange, { method: "POST", target, headers: signIn(exchange, "x-registry-auth") });
  }),
  route("DELETE /images/{name...}", {}, async (exchange, { name }) => {
    const found = await find(exchange, name);
    if (found === undefined) throw new Missing(`no such image: ${quoted(name)}`);
    if (isProgram(found.image.labels)) throw new Refusal(`the image ${quoted(name)} is the program's own`);
    const full = isImageId(name) ? undefined : fullImageName(name);
    if (full === undefined ? !isUsable(exchange, found.image) : !mayUse(exchange.policy, full)) throw unnamed(name);
    await relay(exchange, { method: "DELETE", target: targetText(exchange.prefix, ["images", ...name.split("/")]) });
  }),
];

/**
 * @param onHost when given: the container writes into folders of the host, under this user or else the image's own
 * @returns with `onHost`: who it is to run as
 * @throws Refusal
 */
export async function mustBeUsable(
  exchange: Exchange,
  name: string,
  onHost: { readonly user: string | undefined } | undefined,
): Promise<string | undefined> {
  const full = isImageId(name) ? undefined : fullImageName(name);
  if (full !== undefined && mayUse(exchange.policy, full) && onHost === undefined) return undefined;
  if (full !== undefined && !mayUse(exchange.policy, full)) throw unnamed(name);
  const found = await find(exchange, name);
  if (found === undefined) throw new Missing(`no such image: ${quoted(name)}`);
  if (full === undefined && !isUsable(exchange, found.image)) throw unnamed(name);
  return onHost === undefined ? undefined : hostNumbers(exchange.policy, onHost.user, found.user);
}

async function find(exchange: Exchange, name: string) {
  const plain = isImageId(name) || fullImageName(name) !== undefined;
  if (!plain) throw unnamed(name);
  const found = await look(exchange, ["images", ...name.split("/"), "json"], image);
  if (found === undefined) return undefined;
  const { data, text } = found;
  return { text, user: data.Config?.User ?? "", image: { ...data, labels: data.Config?.Labels } satisfies Image };
}

/** What lost its name is a build's leavings; on an engine that others use as well, it may be theirs. */
function isUsable({ policy }: Exchange, { RepoTags, RepoDigests, labels: given }: Image): boolean {
  if (isProgram(given)) return false;
  const known = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => !NAMELESS.test(name));
  if (known.length === 0)
    return policy.engine === "podman" || Object.keys(given ?? {}).some((key) => key.startsWith("org.hublet."));
  return known.some((name) => {
    const full = fullImageName(name);
    return full !== undefined && mayUse(policy, full);
  });
}

/** Whether labels say that an image is the program's own. */
export function isProgram(given: z.output<typeof labels>): boolean {
  return given?.[PROGRAM_LABEL] !== undefined;
}

export function unnamed(name: string): Refusal {
  return new Refusal(`the configuration does not name the image ${quoted(name)} for this`);
}

/** Sign-ins are passed on in the one form that the hub writes them in. */
export function signIn(
  { request }: Exchange,
  name: "x-registry-auth" | "x-registry-config",
): Readonly<Record<string, string>> {
  const value = request.headers[name];
  if (value === undefined) return {};
  if (typeof value !== "string" || !/^[A-Za-z0-9_-]{0,16000}={0,2}$/.test(value))
    throw new Refusal(`the header ${name} is not as the hub writes it`);
  return { [name]: value };
}
