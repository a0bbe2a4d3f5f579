import { createHash } from "node:crypto";
import type { z } from "zod";
import { type Clock, HubError, systemClock } from "../../kernel/index.ts";
import { isRepository, isTag } from "../reference.ts";
import { pathAt } from "./address.ts";
import { ACCEPTED_MANIFESTS, digestAnswer, repositoriesAnswer, tagsAnswer } from "./answers.ts";
import { listsNone, readJson, unreadable } from "./errors.ts";
import { readFacts } from "./facts.ts";
import { nextPage } from "./link.ts";
import { removeTag } from "./remove.ts";
import { type Request, Session } from "./session.ts";
import type { RegistryClient, RegistryConnection } from "./types.ts";
import type { WireAnswer } from "./wire.ts";

export interface RegistryClientOptions extends RegistryConnection {
  readonly clock?: Clock;
  /** Milliseconds for one exchange. Default 10 000. */
  readonly timeoutMs?: number;
  /** As images name it: `amd64`. Default: this machine's. */
  readonly architecture?: string;
}

/** The most that registries give in one page; some refuse to give more than they like. */
const PAGE = 1000;
/** Enough for any registry, and an end for one that leads in circles. */
const MOST_PAGES = 500;

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { address } = options;
  const session = new Session(options, options.clock ?? systemClock, options.timeoutMs);
  const scopeOf = (repository: string, actions = "pull"): string =>
    `repository:${pathAt(address, repository)}:${actions}`;
  const pathOf = (repository: string, rest: string): string => {
    checkName(repository, rest);
    return `/v2/${pathAt(address, repository)}/${rest}`;
  };

  /** All pages; undefined when the first of them is not there. */
  async function pages<T>(
    first: Request,
    schema: z.ZodType<T>,
    take: (page: T) => readonly string[],
  ): Promise<string[] | undefined> {
    const found = new Set<string>();
    const seen = new Set<string>();
    const also = [404, ...(first.also ?? [])];
    let path: string | undefined = `${first.path}?n=${PAGE}`;
    while (path !== undefined && !seen.has(path) && seen.size < MOST_PAGES) {
      seen.add(path);
      let answer: WireAnswer = await session.ask({ ...first, path, also: [400, ...also] });
      // PAGINATION_NUMBER_INVALID: it gives fewer at once. Without a number it says its own.
      if (answer.status === 400) answer = await session.ask({ ...first, also });
      if (answer.status !== 200) return seen.size === 1 ? undefined : [...found];
      for (const name of take(parsed(schema, answer, first))) found.add(name);
      path = nextPage(answer.header("link"));
    }
    return [...found];
  }

  function parsed<T>(schema: z.ZodType<T>, answer: WireAnswer, { task }: Request): T {
    const result = schema.safeParse(readJson(answer.body));
    if (!result.success) throw unreadable(address, task, "it sent something else", result.error);
    return result.data;
  }

  async function digest(repository: string, reference: string, signal?: AbortSignal): Promise<string | undefined> {
    const request: Request = {
      path: pathOf(repository, `manifests/${reference}`),
      accept: ACCEPTED_MANIFESTS,
      scope: scopeOf(repository),
      task: `to show ${repository}:${reference}`,
      also: [404],
      signal,
    };
    const head = await session.ask({ ...request, method: "HEAD" });
    if (head.status === 404) return undefined;
    const named = digestAnswer.safeParse(head.header("docker-content-digest"));
    if (named.success) return named.data;
    // The header is only a recommendation; the digest is that of the manifest's bytes.
    const whole = await session.ask(request);
    return whole.status === 404 ? undefined : `sha256:${createHash("sha256").update(whole.body).digest("hex")}`;
  }

  const client: RegistryClient = {
    address,
    check: async (signal) => {
      await session.ask({ path: "/v2/", scope: "", task: "to say its version", signal });
    },
    repositories: async (signal) => {
      const request = { path: "/v2/_catalog", scope: "registry:catalog:*", task: "to list its repositories", signal };
      const found = await pages({ ...request, also: [405] }, repositoriesAnswer, (page) => page.repositories);
      if (found === undefined) throw listsNone(address);
      return found;
    },
    tags: async (repository, signal) => {
      const path = pathOf(repository, "tags/list");
      const request = { path, scope: scopeOf(repository), task: `to list the tags of ${repository}`, signal };
      // Unknown is what a repository becomes when its last tag is gone, in version 3 of the registry.
      return (await pages(request, tagsAnswer, (page) => page.tags)) ?? [];
    },
    digest,
    config: async (repository, reference, signal) =>
      await readFacts({
        ask: (request) => session.ask(request),
        address,
        repository,
        reference,
        architecture: options.architecture,
        pathOf: (rest) => pathOf(repository, rest),
        scope: scopeOf(repository),
        signal,
      }),
    remove: (repository, tag, { others = false, signal } = {}) =>
      removeTag({
        client,
        repository,
        tag,
        others,
        signal,
        erase: (reference) =>
          session.ask({
            method: "DELETE",
            path: pathOf(repository, `manifests/${reference}`),
            scope: scopeOf(repository, "pull,delete"),
            task: `to remove ${repository}:${tag}`,
            also: [202, 400, 404, 405],
            signal,
          }),
      }),
    close: () => session.close(),
  };
  return client;
}

/** What people type ends in a URL: nothing but names may get there. */
function checkName(repository: string, rest: string): void {
  const reference = /^(?:manifests|blobs)\/(.*)$/s.exec(rest)?.[1];
  if (
    isRepository(repository) &&
    (reference === undefined || isTag(reference) || digestAnswer.safeParse(reference).success)
  )
    return;
  const text = `${repository}:${reference ?? ""}`.slice(0, 120);
  throw new HubError("bad-request", `“${text}” is no image of a registry. Write it like lab/notebook:latest.`);
}
