/** Images for admins: what is there and who needs it, and everything they may do with it. */
import { statfs } from "node:fs/promises";
import type { EngineImageView, GcResult, ImagesView } from "../../contract/index.ts";
import type { EngineImages, ListedImage } from "../../drivers/index.ts";
import { HubError, isoTime, messageOf, namesRegistry } from "../../kernel/index.ts";
import { pushOne } from "../builds/publish.ts";
import { sortTags } from "../catalogue/sort-tags.ts";
import { formatReference, parseReference } from "../reference.ts";
import type { RegistryClient } from "../registry/types.ts";
import { builtHere, judge, nameOf } from "./gc.ts";
import { meantHere, newName } from "./meant.ts";
import { isOurs, means, namedBy, repositoriesOf, usersOf } from "./naming.ts";
import type { ImageDesk, ImageDeskOptions, RemovedNames, Runs } from "./ports.ts";

/** A registry that does not answer must not keep the page from being shown. */
const ANSWER_MS = 2000;

export function createImageDesk(options: ImageDeskOptions): ImageDesk {
  const { keeper, config, log, clock } = options;
  const listeners = new Set<() => void>();

  return {
    async view() {
      const images = engineOf(options);
      const [listed, running] = await Promise.all([images.list(), options.running()]);
      const [disk, registry] = await Promise.all([diskOf(options.disk), registryOf()]);
      return { items: listed.map((image) => viewOf(image, running)), disk, registry };
    },
    pull(reference) {
      engineOf(options);
      parseReference(reference);
      keeper.forget(reference);
      void keeper.ensure(reference, { policy: "always" }).catch(() => undefined); // its status says it, and the log
    },
    remove: (reference, { registry, others = false, signal }) =>
      registry ? removeFromRegistry(reference, { others, signal }) : removeFromEngine(reference),
    async tag(given, name) {
      const images = engineOf(options);
      const registry = options.registry();
      const full = formatReference(parseReference(newName(name, registry)));
      if (isOurs({ ...EMPTY, references: [full] })) throw own(full);
      const reference = meantHere(given, await images.list(), registry);
      await images.tag(reference, full);
      keeper.forget(full);
      tell();
      return { reference, tag: full };
    },
    async push(given, signal) {
      const images = engineOf(options);
      const listed = await images.list(signal);
      const reference = meantHere(given, listed, options.registry());
      const { domain, path, tag } = parseReference(reference);
      if (!listed.some((image) => means(reference, image))) throw missing(reference, "on this host's engine");
      const { credentials, ownRegistry } = options;
      if (domain === "localhost" && ownRegistry !== undefined)
        throw staysHere(reference, `${ownRegistry.address}/${path}:${tag ?? "latest"}`);
      await options.mayPush(domain);
      const onLine = (line: string): void => log.info({ image: reference }, line);
      const digest = await pushOne({ images, credentials, signal, onLine: () => undefined }, reference);
      onLine("image pushed");
      options.touched(path);
      return { reference, digest: digest ?? null };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    gc,
  };

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function viewOf(image: ListedImage, running: readonly Runs[]): EngineImageView {
    const jupyterhub = keeper.jupyterhubOf(image);
    return {
      id: image.id,
      references: [...image.references],
      digests: [...image.digests],
      sizeBytes: image.sizeBytes,
      created: image.created === undefined ? null : isoTime(image.created),
      jupyterhub: jupyterhub ?? null,
      jupyterhubKnown: jupyterhub !== undefined,
      usedBy: usersOf(image, running).map(({ user, server, state }) => ({ user, server, state })),
      namedBy: named(image),
      ours: isOurs(image),
    };
  }

  function named(image: ListedImage): string[] {
    return namedBy(image, config(), { registry: options.registry(), built: options.built });
  }

  async function registryOf(): Promise<ImagesView["registry"]> {
    const { ownRegistry } = options;
    if (ownRegistry === undefined) return null;
    const client = await options.client(ownRegistry.address);
    const [answers, usedBytes] = await Promise.all([
      client.check(AbortSignal.timeout(ANSWER_MS)).then(
        () => true,
        () => false,
      ),
      ownRegistry.usedBytes().catch(() => null),
    ]);
    return { address: ownRegistry.address, answers, usedBytes, limitBytes: ownRegistry.limitBytes() ?? null };
  }

  async function removeFromEngine(given: string): Promise<RemovedNames> {
    const images = engineOf(options);
    const listed = await images.list();
    const reference = meantHere(given, listed, options.registry());
    const image = listed.find((candidate) => means(reference, candidate));
    if (image === undefined) throw missing(reference, "on this host's engine");
    if (isOurs(image)) throw own(reference);
    const users = usersOf(image, await options.running());
    if (users.length > 0) throw inUse(reference, users);
    const name = reference === image.id ? image.id : nameIn(image, reference);
    await images.remove(name);
    keeper.forget(name);
    log.info({ image: name }, "image removed");
    tell();
    return { removed: [name] };
  }

  async function removeFromRegistry(
    reference: string,
    asked: { readonly others: boolean; readonly signal: AbortSignal },
  ): Promise<RemovedNames> {
    const { signal } = asked;
    const { domain, path, tag } = parseReference(withRegistry(reference, options.registry()));
    if (tag === undefined) throw new HubError("bad-request", "Name a tag, like lab/uspy:1.2.");
    const client = await options.client(domain);
    const digest = await client.digest(path, tag, signal);
    const full = `${domain}/${path}:${tag}`;
    if (digest === undefined) throw noSuchTag(full, await client.tags(path, signal));
    const running = await options.running();
    const here = (await options.images?.list(signal)) ?? [];
    const same = here.filter((image) => means(`${domain}/${path}@${digest}`, image));
    const users = [
      ...same.flatMap((image) => usersOf(image, running)),
      // What was built here has another digest on the engine than in the registry: its layers are packed when it is pushed.
      ...(await namedAlike(running, { client, domain, path, digest, signal })),
    ];
    if (users.length > 0) throw inUse(full, [...new Set(users)]);
    const { others } = await client.remove(path, tag, asked);
    options.touched(path);
    log.info({ image: full, digest, others }, "tag removed from the registry");
    return { removed: [full, ...others.map((other) => `${domain}/${path}:${other}`)] };
  }

  async function gc({ dryRun, unusedDays }: { dryRun: boolean; unusedDays: number }): Promise<GcResult> {
    const images = engineOf(options);
    const [listed, running] = await Promise.all([images.list(), options.running()]);
    await options.lastRuns.note(listed.filter((image) => usersOf(image, running).length > 0).map(({ id }) => id));
    const verdicts = judge({
      images: listed,
      usedBy: (image) =>
        usersOf(image, running).map(({ user, server }) => (server === "" ? user : `${user}/${server}`)),
      namedBy: named,
      known: (image) => options.exclusive || builtHere(image) || fromRegistry(image),
      last: (id) => options.lastRuns.last(id),
      oldestBuild: options.oldestBuild(),
      unusedDays,
      now: clock.now(),
    });
    const removed: GcResult["removed"] = [];
    const kept: GcResult["kept"] = [];
    for (const { image, because } of verdicts) {
      const reference = nameOf(image);
      const why = because ?? (dryRun ? undefined : await removeAll(images, image));
      if (why === undefined) removed.push({ reference, sizeBytes: image.sizeBytes });
      else kept.push({ reference, because: why });
    }
    if (!dryRun) {
      await options.lastRuns.keepOnly(new Set((await images.list()).map(({ id }) => id)));
      tell();
    }
    return { removed, kept, freedBytes: removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
  }

  function fromRegistry(image: ListedImage): boolean {
    const registry = options.registry();
    return registry !== undefined && repositoriesOf(image).some((name) => name.startsWith(`${registry}/`));
  }

  /** @returns why it stays, when the engine does not let it go */
  async function removeAll(images: EngineImages, image: ListedImage): Promise<string | undefined> {
    try {
      // Somebody may have begun to use it since the list was made.
      const users = usersOf(image, await options.running());
      if (users.length > 0) return `in use by ${users.map(({ user }) => user).join(", ")}`;
      for (const name of image.references.length > 0 ? image.references : [image.id]) {
        await images.remove(name);
        keeper.forget(name);
      }
      log.info({ image: nameOf(image) }, "image removed: nobody needs it");
      return undefined;
    } catch (error) {
      if (error instanceof HubError && error.code === "conflict") return "in use: the engine does not let it go";
      log.warn({ err: error, image: nameOf(image) }, "an image could not be removed");
      return `it could not be removed: ${messageOf(error)}`;
    }
  }
}

interface InRegistry {
  readonly client: RegistryClient;
  readonly domain: string;
  readonly path: string;
  readonly digest: string;
  readonly signal: AbortSignal;
}

/** Servers whose image is this content of the registry, by digest or by any tag that means it. */
async function namedAlike(running: readonly Runs[], wanted: InRegistry): Promise<Runs[]> {
  const { client, domain, path, digest, signal } = wanted;
  const found: Runs[] = [];
  for (const run of running) {
    const own = run.image === null ? undefined : parseReference(run.image);
    if (own === undefined || own.domain !== domain || own.path !== path) continue;
    const theirs = own.digest ?? (await client.digest(path, own.tag ?? "latest", signal));
    if (theirs === digest) found.push(run);
  }
  return found;
}

const EMPTY: ListedImage = { id: "", references: [], digests: [], labels: {}, sizeBytes: 0, created: undefined };

function engineOf({ images }: ImageDeskOptions): EngineImages {
  if (images !== undefined) return images;
  throw new HubError(
    "engine-missing",
    "This hub runs servers without images, so there are none to look at. Set engine to podman or docker in hublet.yaml.",
  );
}

async function diskOf(folder: string | undefined): Promise<ImagesView["disk"]> {
  if (folder === undefined) return null;
  const facts = await statfs(folder).catch(() => undefined);
  return facts === undefined ? null : { freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize };
}

/** As the engine calls it: Docker's names are short. */
function nameIn(image: ListedImage, reference: string): string {
  return image.references.find((name) => means(reference, { ...image, references: [name] })) ?? reference;
}

/** `lab/uspy:1` means the registry that people choose from. */
function withRegistry(reference: string, registry: string | undefined): string {
  return namesRegistry(reference) || registry === undefined ? reference : `${registry}/${reference}`;
}

function inUse(reference: string, users: readonly Runs[]): HubError {
  const names = users.map(({ user, server }) => (server === "" ? user : `${user}/${server}`)).join(", ");
  return new HubError("conflict", `The image ${reference} is in use by ${names}. Stop these servers first.`, {
    facts: { usedBy: users.map(({ user, server }) => ({ user, server })) },
  });
}

function missing(reference: string, where: string): HubError {
  return new HubError("not-found", `There is no image ${reference} ${where}. See “hublet image list”.`);
}

function noSuchTag(reference: string, tags: readonly string[]): HubError {
  const some = sortTags(tags).slice(0, 10).join(", ");
  const there = some === "" ? "It has none of that repository." : `Of that repository it has: ${some}.`;
  return new HubError("not-found", `There is no image ${reference} in its registry. ${there}`);
}

function staysHere(reference: string, name: string): HubError {
  return new HubError(
    "bad-request",
    `${reference} names no registry: localhost/ is this host alone. Give it a name of the registry first: hublet image tag ${reference} ${name}`,
  );
}

function own(reference: string): HubError {
  return new HubError("forbidden", `${reference} is of the program itself. “hublet apply” makes and removes it.`);
}
