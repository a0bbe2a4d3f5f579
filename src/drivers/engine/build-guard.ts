/**
 * Ending a build where the engine does not, and keeping it from the host's network. Podman (4.3 at least) notices that its caller
 * has gone, and still lets the command of the step run to its end; and commands of builds share the host's network, its loopback
 * too. So they live in the namespaces of a container that does nothing: when that is killed, the kernel ends all that is in there,
 * and its network is one as servers have.
 */
import { randomHex } from "../../kernel/index.ts";
import { createdAnswer } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { inspectContainer, removeContainer } from "./containers.ts";
import type { Isolation } from "./dialect.ts";
import { EXPORT_LABEL, helperImages } from "./export.ts";
import { GUARD_PREFIX } from "./left-behind.ts";

/** Seconds after which it goes by itself, and so the longest that a build may take: a hub may die while it builds. */
const LONGEST_SECONDS = 6 * 60 * 60;
const SCRIPT = `{ if command -v sleep >/dev/null; then sleep ${LONGEST_SECONDS}; else busybox sleep ${LONGEST_SECONDS}; fi; } & wait`;
const CHANGE_MS = 60_000;

export interface BuildGuard {
  /** For the query of the build. */
  readonly namespaces: string;
  /** Ends what the build runs; missing is fine. */
  end(): Promise<void>;
}

export interface GuardContext {
  readonly client: EngineClient;
  readonly hub: string;
  readonly isolation: Isolation;
}

/** Undefined when no image here has a shell: then a step of a cancelled build goes on to its end, and a build has the host's network. */
export async function startGuard({ client, hub, isolation }: GuardContext): Promise<BuildGuard | undefined> {
  const network = isolation.kind === "private" ? isolation.mode : undefined;
  for (const image of await helperImages(client)) {
    const created = await client.call({
      method: "POST",
      path: "/containers/create",
      query: { name: `${GUARD_PREFIX}${randomHex(8)}` },
      body: bodyOf({ image, hub, network: network ?? "none" }),
      timeoutMs: CHANGE_MS,
    });
    if (created.status >= 300) continue;
    const id = createdAnswer.parse(JSON.parse(created.text)).Id;
    const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: CHANGE_MS });
    const pid = started.status < 300 ? (await inspectContainer(client, id))?.State.Pid : 0;
    if (pid !== undefined && pid > 0)
      return { namespaces: namespacesOf(pid, network !== undefined), end: () => removeContainer(client, id) };
    await removeContainer(client, id);
  }
  return undefined;
}

function bodyOf({ image, hub, network }: Record<"image" | "hub" | "network", string>) {
  return {
    Image: image,
    Entrypoint: ["/bin/sh", "-c"],
    Cmd: [SCRIPT],
    User: "0:0",
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Labels: { [EXPORT_LABEL]: hub },
    HostConfig: {
      AutoRemove: true,
      NetworkMode: network,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      LogConfig: { Type: "none", Config: {} },
    },
  };
}

/** Naming one namespace makes Podman forget its default of the other, so both are named. */
function namespacesOf(pid: number, withNetwork: boolean): string {
  const network = withNetwork ? { Host: false, Path: `/proc/${pid}/ns/net` } : { Host: true, Path: "" };
  return JSON.stringify([
    { Name: "network", ...network },
    { Name: "pid", Host: false, Path: `/proc/${pid}/ns/pid` },
  ]);
}
