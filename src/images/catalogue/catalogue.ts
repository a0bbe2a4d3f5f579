import { type Clock, HubError, isoTime, messageOf } from "../../kernel/index.ts";
import { isRepository, isTag } from "../reference.ts";
import type { RegistryClient } from "../registry/types.ts";
import { type Offer, offerOf } from "./offer.ts";
import { orderRepositories } from "./order.ts";
import { Remembered } from "./remembered.ts";
import { sortTags } from "./sort-tags.ts";
import type { Catalogue, CatalogueSettings } from "./types.ts";
import { type Words, wordsFor } from "./words.ts";

export interface CatalogueLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface CatalogueOptions {
  /** What is offered now; undefined: there is no catalogue. */
  readonly settings: () => CatalogueSettings | undefined;
  /** The client of a registry, asked for at each use. */
  readonly client: (address: string) => RegistryClient | Promise<RegistryClient>;
  readonly clock: Clock;
  readonly log: CatalogueLog;
}

/** Milliseconds in which an answer is not asked for again, so that many who look ask once. */
const FRESH_MS = 1_000;
/** Milliseconds that the very first look at the repositories waits. */
const FIRST_LOOK_MS = 1_500;
/** Milliseconds that later looks wait: a registry nearby has answered by then, and nobody feels it when it has not. */
const LATER_LOOK_MS = 60;
/** Milliseconds that a look at tags waits. */
const TAGS_LOOK_MS = 2_000;
/** Repositories whose tags are remembered; the one asked for least lately is forgotten first. */
const MOST_REMEMBERED = 2_000;

type Memory = {
  readonly registry: string;
  readonly repositories: Remembered<readonly string[]>;
  readonly tags: Map<string, Remembered<readonly string[]>>;
};

export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { clock, log } = options;
  const listeners = new Set<() => void>();
  let memory: Memory | undefined;
  let closed = false;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function open(): { readonly settings: CatalogueSettings; readonly memory: Memory; readonly words: Words } {
    const settings = options.settings();
    if (settings === undefined || closed)
      throw new HubError("not-found", "There is no catalogue of images here: choose one of the profiles.");
    if (memory?.registry !== settings.registry) {
      forgetAll();
      memory = remember(settings.registry);
    }
    return { settings, memory, words: wordsFor(settings.registry) };
  }

  function remember(registry: string): Memory {
    return {
      registry,
      repositories: asking(
        async (client, signal) => await client.repositories(signal),
        registry,
        (before, now) => {
          const [was, is] = [before.problem?.message, now.problem?.message];
          if (is !== undefined && was !== is) log.warn({ registry, problem: is }, "the registry does not answer");
          if (is === undefined && was !== undefined) log.info({ registry }, "the registry answers again");
          if (was !== is || !isSame(before.value, now.value)) tell();
        },
      ),
      tags: new Map(),
    };
  }

  function asking(
    ask: (client: RegistryClient, signal: AbortSignal) => Promise<readonly string[]>,
    registry: string,
    settled?: ConstructorParameters<typeof Remembered<readonly string[]>>[0]["settled"],
  ): Remembered<readonly string[]> {
    return new Remembered({
      ask: async (signal) => await ask(await options.client(registry), signal),
      clock,
      freshMs: FRESH_MS,
      ...(settled === undefined ? {} : { settled }),
      surprised: (error) => {
        log.error({ registry, error: messageOf(error) }, "asking the registry failed unexpectedly");
        return new HubError("internal", `Asking ${registry} failed unexpectedly. The hub's log says more.`, {
          cause: error,
        });
      },
    });
  }

  function tagsOf({ registry, tags }: Memory, repository: string): Remembered<readonly string[]> {
    const known =
      tags.get(repository) ?? asking(async (client, signal) => await client.tags(repository, signal), registry);
    // Asked for latest stands last.
    tags.delete(repository);
    tags.set(repository, known);
    const [oldest] = tags.keys();
    if (tags.size > MOST_REMEMBERED && oldest !== undefined) tags.delete(oldest);
    return known;
  }

  function forgetAll(): void {
    memory?.repositories.close();
    for (const tags of memory?.tags.values() ?? []) tags.close();
    memory = undefined;
  }

  async function offeredTags(now: Memory, repository: string, offer: Offer): Promise<string[]> {
    const { value = [] } = await tagsOf(now, repository).look(TAGS_LOOK_MS);
    return sortTags(value.filter((tag) => offer.image(repository, tag)));
  }

  return {
    available: (person) => {
      const settings = options.settings();
      return settings !== undefined && offerOf(settings, person.images).any;
    },

    view: async (person) => {
      const { settings, memory: now } = open();
      const before = now.repositories.known;
      const isFirst = before.value === undefined && before.problem === undefined;
      const { value, at, problem } = await now.repositories.look(isFirst ? FIRST_LOOK_MS : LATER_LOOK_MS);
      const offer = offerOf(settings, person.images);
      const offered = (value ?? []).filter((name) => offer.repository(name));
      // One that answers and lists nothing is well: what is named without “*” can be asked for.
      const unlisted = problem?.code === "registry-refused" ? offer.named : [];
      const isWell = problem === undefined || unlisted.length > 0;
      const answered = value === undefined && problem === undefined ? "loading" : "ready";
      return {
        registry: settings.registry,
        state: isWell ? answered : "unreachable",
        problem: isWell ? null : problem.message,
        checkedAt: at === undefined ? null : isoTime(at),
        repositories: orderRepositories([...offered, ...unlisted], settings.prefer),
      };
    },

    tags: async (person, repository) => {
      const { settings, memory: now, words } = open();
      const offer = offerOf(settings, person.images);
      if (!isRepository(repository) || !offer.repository(repository)) throw words.notOffered(repository);
      const tags = tagsOf(now, repository);
      const { value, problem } = await tags.look(TAGS_LOOK_MS);
      const silent = value === undefined && problem === undefined ? words.silent(TAGS_LOOK_MS) : null;
      return {
        repository,
        tags: sortTags((value ?? []).filter((tag) => offer.image(repository, tag))),
        problem: problem?.message ?? silent,
      };
    },

    resolve: async (person, repository, tag, signal) => {
      const { settings, memory: now, words } = open();
      const offer = offerOf(settings, person.images);
      if (!isRepository(repository) || !offer.repository(repository)) throw words.notOffered(repository);
      if (!isTag(tag)) throw words.noTag(repository, tag, await offeredTags(now, repository, offer));
      if (!offer.image(repository, tag))
        throw words.tagNotOffered(repository, tag, await offeredTags(now, repository, offer));
      const client = await options.client(settings.registry);
      const digest = await client.digest(repository, tag, signal);
      if (digest === undefined) {
        tagsOf(now, repository).forget();
        throw words.noTag(repository, tag, await offeredTags(now, repository, offer));
      }
      const name = `${settings.registry}/${repository}`;
      return { reference: `${name}@${digest}`, named: `${name}:${tag}`, digest };
    },

    touched: (repository) => {
      // What was known stays for the case that the registry does not answer.
      memory?.tags.get(repository)?.forget();
      memory?.repositories.forget();
      // Those who look at the page now ask anew.
      tell();
    },

    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    close: async () => {
      closed = true;
      listeners.clear();
      forgetAll();
    },
  };
}

function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return a === b;
  const before = new Set(a);
  return b.every((name) => before.has(name));
}
