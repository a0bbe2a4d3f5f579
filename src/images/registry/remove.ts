/** Removing a tag without taking others along unseen. */
import { HubError } from "../../kernel/index.ts";
import type { RegistryClient, RemovedTag } from "./types.ts";
import type { WireAnswer } from "./wire.ts";

export interface Removal {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly tag: string;
  /** Other tags of the same content may go too. */
  readonly others: boolean;
  readonly signal: AbortSignal | undefined;
  /** Deletes by tag or digest; 202 when done, else 400, 404 or 405. */
  readonly erase: (reference: string) => Promise<WireAnswer>;
}

/** Tags that are looked at at the same time. */
const AT_ONCE = 8;

/** As `RegistryClient.remove`. */
export async function removeTag({ client, repository, tag, others: all, signal, erase }: Removal): Promise<RemovedTag> {
  const named = `${client.address}/${repository}:${tag}`;
  const digest = await client.digest(repository, tag, signal);
  if (digest === undefined) throw missing(named);
  const others = await sameContent(client, repository, tag, digest, signal);
  if (others.length > 0 && !all) {
    // By tag, only that tag goes (OCI distribution 1.1); registries of version 2 know no such thing, and refuse.
    const alone = await erase(tag);
    if (alone.status === 202) return { digest, others: [] };
    throw shared(named, others);
  }
  const done = await erase(digest);
  if (done.status === 202) return { digest, others };
  if (done.status === 404) throw missing(named);
  throw new HubError(
    "registry-refused",
    `The registry ${client.address} does not delete images: deletion is switched off in it. Switch it on there (storage, delete, enabled: true), then remove ${named} again.`,
    { facts: { status: done.status } },
  );
}

async function sameContent(
  client: RegistryClient,
  repository: string,
  tag: string,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const rest = (await client.tags(repository, signal)).filter((other) => other !== tag);
  const found: string[] = [];
  for (let start = 0; start < rest.length; start += AT_ONCE) {
    const some = rest.slice(start, start + AT_ONCE);
    const digests = await Promise.all(some.map((other) => client.digest(repository, other, signal)));
    found.push(...some.filter((_, index) => digests[index] === digest));
  }
  return found;
}

function missing(named: string): HubError {
  return new HubError("image-missing", `There is no ${named}: nothing was removed.`, { status: 404 });
}

function shared(named: string, others: readonly string[]): HubError {
  return new HubError(
    "conflict",
    `${named} is the same content as ${others.join(", ")}, and this registry can only remove them together. Remove all of them together (--others on the command line) if nobody uses them, or push something else under the names that stay.`,
    { facts: { others } },
  );
}
