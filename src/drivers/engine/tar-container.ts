/** A container that runs one script, most often tar, over one volume and nothing else. */
import type { Duplex } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import { GNU_TAR_ONLY } from "../tar-scripts.ts";
import { createdAnswer, exitAnswer } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { lacksImage, lacksProgram, refused } from "./errors.ts";
import { EXPORT_LABEL, helperImages, removeHelper, Unfit } from "./export.ts";

/** A place that no image has: an engine would copy an image's files at that place into an empty volume. */
const PLACE = "/.hublet-volume";
const CHANGE_MS = 120_000;

export interface TarWork {
  readonly volume: string;
  /** Completes “could not …”: `pack the volume x`. */
  readonly doing: string;
  readonly kind: "pack" | "unpack" | "own";
  readonly script: string;
  /** After the volume's place. */
  readonly args: readonly string[];
  readonly capabilities: readonly string[];
  readonly signal: AbortSignal;
}

/** A container of its own, with its connection, before and after it is started. */
export interface TarContainer {
  /** Standard input goes in; frames of both outputs come out. */
  readonly socket: Duplex;
  /** @throws Unfit when the image has no shell */
  start(): Promise<void>;
  /** The exit code. */
  wait(): Promise<number>;
}

/** What was found in images, by their ids, which stand for content: whether GNU tar is there. */
const gnuTars = new WeakMap<EngineClient, Map<string, boolean>>();

export interface Fitting {
  readonly image: string;
  /** To be done in that image. */
  readonly work: TarWork;
}

/**
 * Tries images until one has what is needed: the next one is asked for when an image was `Unfit`. Those with GNU tar come
 * first, however large: what others can do loses holes and attributes.
 */
export async function* fittingImages(client: EngineClient, work: TarWork, hub: string): AsyncGenerator<Fitting> {
  const images = await helperImages(client);
  const known = gnuTars.get(client) ?? new Map<string, boolean>();
  gnuTars.set(client, known);
  const tried = async function* (image: string, script: string, onFit: (fits: boolean) => void) {
    await removeHelper(client, nameOf(work.kind, work.volume), hub);
    let fits = true;
    try {
      yield { image, work: { ...work, script } };
      fits = false;
    } finally {
      onFit(fits);
      await removeHelper(client, nameOf(work.kind, work.volume), hub);
    }
  };
  const demanding = `${GNU_TAR_ONLY}${work.script}`;
  const hopeful = images.filter((image) => known.get(image) !== false);
  if (work.kind !== "own")
    for (const image of hopeful.toSorted((a, b) => Number(known.has(b)) - Number(known.has(a))))
      yield* tried(image, demanding, (fits) => known.set(image, fits));
  for (const image of images) yield* tried(image, work.script, () => undefined);
}

export function noImage(client: EngineClient, work: TarWork): HubError {
  return new HubError(
    "image-missing",
    `${client.dialect.engine} could not ${work.doing}: that takes tar in a container, and no image on this host has GNU tar or Python. Fetch one first (the notebook image has them), then try again.`,
  );
}

/** Removes what a program left that died while it packed or unpacked. */
export async function removePackers(client: EngineClient, volume: string, hub: string): Promise<void> {
  for (const kind of ["pack", "unpack", "own"] as const) await removeHelper(client, nameOf(kind, volume), hub);
}

export async function createTarContainer(
  client: EngineClient,
  image: string,
  work: TarWork,
  hub: string,
): Promise<TarContainer> {
  const { signal, doing } = work;
  const created = await client.call({
    method: "POST",
    path: "/containers/create",
    query: { name: nameOf(work.kind, work.volume) },
    body: containerOf(image, work, hub),
    timeoutMs: CHANGE_MS,
  });
  // Somebody removed it since the images were listed.
  if (lacksImage(created)) throw new Unfit();
  if (created.status >= 300) throw refused(client, doing, created);
  const id = createdAnswer.parse(JSON.parse(created.text)).Id;
  const reading = work.kind === "unpack" ? { stdin: "true" } : {};
  const { socket, refusal } = await client.upgrade({
    method: "POST",
    path: `/containers/${id}/attach`,
    query: { stream: "true", stdout: "true", stderr: "true", ...reading },
    signal,
  });
  if (refusal !== undefined) throw lacksProgram(refusal) ? new Unfit() : refused(client, doing, refusal);
  return {
    socket,
    async start() {
      const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: CHANGE_MS });
      if (lacksProgram(started)) throw new Unfit();
      if (started.status >= 300) throw refused(client, doing, started);
    },
    async wait() {
      const call = { method: "POST", path: `/containers/${id}/wait`, signal, timeoutMs: CHANGE_MS } as const;
      return (await client.json(exitAnswer, call, (answer) => refused(client, doing, answer))).StatusCode;
    },
  };
}

function containerOf(image: string, work: TarWork, hub: string) {
  const stdin = work.kind === "unpack";
  return {
    Image: image,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: [work.script, "sh", PLACE, ...work.args],
    User: "0:0",
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"],
    Labels: { [EXPORT_LABEL]: hub },
    AttachStdin: stdin,
    OpenStdin: stdin,
    StdinOnce: stdin,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: work.capabilities,
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
      Mounts: [{ Type: "volume", Source: work.volume, Target: PLACE, ReadOnly: work.kind === "pack" }],
    },
  };
}

function nameOf(kind: TarWork["kind"], volume: string): string {
  return `hublet-${kind}-${volume}`;
}
