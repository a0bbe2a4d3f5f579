/** The ways by which an image comes to the engine, by policy. */
import type { PullPolicy } from "../../contract/index.ts";
import type { EngineImages, ImageInfo } from "../../drivers/index.ts";
import { HubError } from "../../kernel/index.ts";
import { type ImageReference, parseReference } from "../reference.ts";
import { probeRegistry } from "../registry/probe.ts";
import type { NotebookMaker } from "./notebook.ts";
import { digestHere, hasDigest, pinnedName, wordOf } from "./pinned.ts";
import type { Statuses } from "./statuses.ts";
import type { ImageKeeperOptions, ReadyImage } from "./types.ts";
import { neverFetched, noSuchTag, pulled, unreachable } from "./words.ts";

/** Milliseconds in which a registry says which content a name has; a start waits for it. */
const WORD_MS = 10_000;

export interface Wanted {
  readonly reference: string;
  readonly policy: PullPolicy;
  readonly digest: string | undefined;
}

/** `note`: what the person who waits should know about it. */
export interface Obtained extends ReadyImage {
  readonly note?: string;
}

export class Obtainer {
  readonly #engine: EngineImages;
  readonly #options: ImageKeeperOptions;
  readonly #statuses: Statuses;
  readonly #notebook: NotebookMaker;
  readonly #signal: AbortSignal;

  constructor(
    engine: EngineImages,
    options: ImageKeeperOptions,
    statuses: Statuses,
    notebook: NotebookMaker,
    signal: AbortSignal,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#statuses = statuses;
    this.#notebook = notebook;
    this.#signal = signal;
  }

  async obtain(wanted: Wanted): Promise<Obtained> {
    const { reference, policy, digest } = wanted;
    const parsed = parseReference(reference);
    const here = await this.#engine.inspect(reference, this.#signal);
    if (policy === "never") {
      const ready = this.#ready(here, reference) ?? (await this.#standIn(reference));
      if (ready === undefined) throw neverFetched(reference);
      return ready;
    }
    if (digest !== undefined) return this.#content(reference, parsed, digest, here);
    // What was made on this host has no registry, and what names its content has no other.
    const fixed = parsed.domain === "localhost" || parsed.digest !== undefined;
    if (policy === "missing" || fixed || this.#options.digestOf === undefined)
      return this.#ready(here, reference) ?? this.#missing(reference, parsed);
    return this.#asRegistrySays(reference, parsed, here, policy === "digest");
  }

  async #asRegistrySays(
    reference: string,
    parsed: ImageReference,
    here: ImageInfo | undefined,
    pin: boolean,
  ): Promise<Obtained> {
    const { digestOf, log } = this.#options;
    this.#statuses.enter(reference, "checking", `Asking ${parsed.domain} what is newest`);
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(WORD_MS)]);
    const ask = async () => digestOf?.(reference, signal);
    const word = await wordOf(ask, this.#signal).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      // The registry's time is up: no failure of this hub.
      if (!signal.aborted) throw error;
      const message = `${parsed.domain} did not answer within ${WORD_MS / 1000} seconds.`;
      return { kind: "silent" as const, error: new HubError("registry-unreachable", message, { cause: error }) };
    });
    if (word.kind === "digest") {
      if (pin) return this.#content(reference, parsed, word.digest, here);
      if (here !== undefined && hasDigest(here, word.digest)) return { ...here, reference, digest: undefined };
      return { ...(await this.#pull(reference, reference)), digest: undefined };
    }
    if (here === undefined) {
      const other = await this.#standIn(reference);
      if (other !== undefined) return other;
      if (word.kind === "none" && !this.#replaceable(reference)) throw noSuchTag(parsed);
      if (word.kind === "silent" && word.error.code === "registry-refused") throw word.error;
      return this.#missing(reference, parsed);
    }
    const why = word.kind === "none" ? `${parsed.domain} has no image of that name any more` : word.error.message;
    log.warn({ image: reference, reason: why }, "the registry did not say what is newest: what is here is used");
    const digest = pin ? digestHere(here, parsed) : undefined;
    const runs = digest === undefined ? reference : pinnedName(parsed, digest);
    return { ...here, reference: runs, digest, note: `It is the one that this host has: ${why}` };
  }

  /** Exactly this content, under its pinned name; the plain name follows it. */
  async #content(
    reference: string,
    parsed: ImageReference,
    digest: string,
    here: ImageInfo | undefined,
  ): Promise<Obtained> {
    const pinned = pinnedName(parsed, digest);
    const known = await this.#engine.inspect(pinned, this.#signal);
    const info = known ?? (await this.#pull(reference, pinned));
    // So that lists show what people know it by.
    if (here?.id !== info.id && parsed.digest === undefined) await this.#engine.tag(pinned, reference);
    return { ...info, reference: pinned, digest };
  }

  async #missing(reference: string, parsed: ImageReference): Promise<Obtained> {
    const { build, log } = this.#options;
    const other = await this.#standIn(reference);
    // What was built once stays in use: a lab's image does not change because a cable was plugged in.
    if (other !== undefined) return other;
    const replaceable = this.#replaceable(reference);
    this.#statuses.enter(reference, "checking", `Asking ${parsed.domain} for the image`);
    const probe = this.#options.probe ?? ((asked, signal) => probeRegistry(asked, { signal }));
    const answer = await probe(parsed, this.#signal);
    if (answer.answers) {
      try {
        return { ...(await this.#pull(reference, reference)), digest: parsed.digest };
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!replaceable || build === undefined) throw error;
        log.warn({ err: error, image: reference }, "pull failed, building the notebook image instead");
      }
    }
    if (!replaceable || build === undefined) throw unreachable(parsed, answer);
    log.info({ image: reference, registry: answer.message }, "building the notebook image");
    return { ...(await this.#notebook.make(reference, build)), digest: undefined };
  }

  /** The image built here, if it may stand in for this one and is there. */
  async #standIn(reference: string): Promise<Obtained | undefined> {
    const { builtReference } = this.#options;
    if (builtReference === undefined || !this.#replaceable(reference)) return undefined;
    return this.#ready(await this.#engine.inspect(builtReference, this.#signal), builtReference);
  }

  #replaceable(reference: string): boolean {
    return this.#options.replaceable(reference) || reference === this.#options.builtReference;
  }

  #ready(info: ImageInfo | undefined, reference: string): Obtained | undefined {
    return info === undefined ? undefined : { ...info, reference, digest: parseReference(reference).digest };
  }

  async #pull(shown: string, reference: string): Promise<ImageInfo & { readonly reference: string }> {
    const { clock, log } = this.#options;
    const started = clock.now();
    this.#statuses.enter(shown, "pulling", "Fetching the image");
    const credentials = this.#options.credentialsFor?.(parseReference(reference).domain);
    const info = await this.#engine.pull(reference, {
      signal: this.#signal,
      onProgress: (progress) => this.#statuses.progress(shown, pulled(progress)),
      ...(credentials === undefined ? {} : { credentials }),
    });
    log.info({ image: reference, seconds: (clock.now() - started) / 1000 }, "image pulled");
    return { ...info, reference };
  }
}
