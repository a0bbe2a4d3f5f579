/** Names of built images. */
import type { BuildSpec } from "../../contract/index.ts";
import { HubError, namesRegistry } from "../../kernel/index.ts";
import { parseReference } from "../reference.ts";

const TAG = /^\w[\w.-]{0,127}$/;

/** The name under which an image lives until it has passed its tests. */
export function temporaryReference(id: string): string {
  return `localhost/hublet/build:${id}`;
}

/**
 * The repository that a build's name means: with a registry in front, the one that is pushed to, else this host's own.
 * @throws HubError `bad-request`
 */
export function repositoryOf(name: string, registry: string | undefined): string {
  const bare = (candidate: string): string => {
    try {
      const { domain, path, digest } = parseReference(candidate);
      if (digest !== undefined || candidate.slice(candidate.lastIndexOf("/")).includes(":")) throw new Error("tagged");
      return `${domain}/${path}`;
    } catch (cause) {
      throw new HubError(
        "bad-request",
        `“${name.slice(0, 120)}” cannot be an image's name. Write it in small letters and without a tag, like lab/uspy.`,
        { cause },
      );
    }
  };
  return namesRegistry(name) ? bare(name) : bare(`${registry ?? "localhost"}/${name}`);
}

/** @throws HubError `bad-request` */
export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find((tag) => !TAG.test(tag));
  if (wrong !== undefined)
    throw new HubError(
      "bad-request",
      `“${wrong.slice(0, 140)}” cannot be a tag. Use letters, digits, “_”, “.” and “-”, at most 128 of them.`,
    );
}

/** The last word of the last line that says anything; `+` of local versions cannot stand in a tag. */
export function versionFrom(output: string): string | undefined {
  const word = output.trim().split(/\s+/).at(-1)?.replaceAll("+", "-");
  return word !== undefined && TAG.test(word) ? word : undefined;
}

/** Names to be, in the order in which they are given: the version first, `latest` last. */
export function referencesFor(repository: string, spec: BuildSpec, version: string | null): string[] {
  const tags = [...(version === null ? [] : [version]), ...spec.tags.filter((tag) => tag !== "latest"), "latest"];
  return [...new Set(tags)].map((tag) => `${repository}:${tag}`);
}
