/** What Docker said on a host, in the part of `HostState` that Podman fills otherwise. */
import { z } from "zod";
import { HUB_LABEL } from "../../kernel/index.ts";
import { PROJECT_LABEL, SERVICE_LABEL } from "../docker/project.ts";
import { SECRET_PREFIX } from "../model/deployment.ts";
import type { ContainerState, DockerWish, HostState, HostStateWish } from "./state.ts";

const containerSchema = z.object({
  name: z.string(),
  image: z.string(),
  running: z.boolean(),
  labels: z.record(z.string(), z.string()).nullable(),
});
const launchSchema = z.object({ hub: z.string() });

/** A Docker is all of its host's: only what belongs to this deployment is taken. @param frames has the wished contents */
export function dockerContainers(
  text: string,
  { contents, docker }: Pick<HostStateWish, "contents" | "docker">,
  frames: ReadonlyMap<string, string>,
): readonly ContainerState[] {
  const at = docker === undefined ? -1 : contents.indexOf(docker.launch);
  const hub = hubIdIn(frames.get(`content-${at + 1}`) ?? "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const { name, image, running, labels } = containerSchema.parse(JSON.parse(line));
      const state = { name: name.replace(/^\//, ""), image, running, labels: labels ?? {} };
      const service = labels?.[SERVICE_LABEL];
      if (service !== undefined && labels?.[PROJECT_LABEL] === docker?.project) return [{ ...state, name: service }];
      return hub !== undefined && labels?.[HUB_LABEL] === hub ? [state] : [];
    });
}

function hubIdIn(launch: string): string | undefined {
  try {
    return launchSchema.safeParse(JSON.parse(launch)).data?.hub;
  } catch {
    return undefined; // no hub was started yet, or by an older program
  }
}

/** Lines `REPOSITORY:TAG ID`; names as registries have them, which Docker shortens. */
export function dockerImages(text: string): HostState["images"] {
  return Object.fromEntries(
    text.split("\n").flatMap((line) => {
      const [reference = "", id = ""] = line.split(" ");
      return reference === "" || reference.includes("<none>") ? [] : [[wholeName(reference), id] as const];
    }),
  );
}

function wholeName(reference: string): string {
  const slash = reference.indexOf("/");
  const first = reference.slice(0, Math.max(slash, 0));
  if (slash === -1) return `docker.io/library/${reference}`;
  return first === "localhost" || /[.:]/.test(first) ? reference : `docker.io/${reference}`;
}

export function dockerSecretNames(listing: readonly string[], { secrets }: DockerWish): string[] {
  return listing
    .filter((path) => path.startsWith(`${secrets}/`) && !path.endsWith(".new"))
    .map((path) => `${SECRET_PREFIX}${path.slice(secrets.length + 1)}`);
}
