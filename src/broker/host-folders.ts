/** Folders of the host that are mounted: where they really are is looked at before the engine does. */
import { dirname, posix } from "node:path";
import { systemCode } from "../kernel/index.ts";
import { quoted } from "./check-container.ts";
import type { HostView } from "./host-view.ts";
import { type BrokerPolicy, isSource } from "./policy.ts";
import { Refusal } from "./refusal.ts";

/**
 * The engine follows links on the host when the container starts. So a source must lie where only the host's own people can change
 * what its path means: not below a folder that servers may write, and not at or around what is closed, by its name or by where it leads.
 * @throws Refusal
 */
export async function checkFolder(policy: BrokerPolicy, view: HostView, source: string): Promise<void> {
  refuseClosed(policy, source, source);
  refuseWritable(policy, source, source);
  let real: string;
  try {
    real = await view.real(source);
  } catch (error) {
    const code = systemCode(error);
    // The engine says so itself, in words that the hub explains.
    if (code === "ENOENT" || code === "ENOTDIR") return;
    // A rootless engine sees no more than its account, which this process is.
    if (policy.engine === "podman") return;
    throw new Refusal(`where ${quoted(source)} leads cannot be seen (${code ?? "unknown"})`);
  }
  if (real === source) return;
  // The hub owns what is around it, and could have put a link there.
  if (isBridge(policy, source)) {
    if (real !== posix.join(await view.real(dirname(source)), posix.basename(source)))
      throw new Refusal(`${quoted(source)} is a link, and must be a folder of its own`);
    return;
  }
  refuseClosed(policy, source, real);
  refuseWritable(policy, source, real);
}

function isBridge(policy: BrokerPolicy, source: string): boolean {
  return policy.closed.some((closed) => source === `${closed}/bridge`);
}

function refuseClosed(policy: BrokerPolicy, source: string, path: string): void {
  // What is the hub's own and meant for servers is named by the policy itself.
  if (path === source && isBridge(policy, source)) return;
  const closed = policy.closed.find((each) => isBelow(each, path) || isBelow(path, each));
  if (closed !== undefined) throw new Refusal(`${quoted(source)} leads to what is closed to servers (${closed})`);
}

function refuseWritable(policy: BrokerPolicy, source: string, path: string): void {
  const writable = { ...policy, binds: policy.binds.filter(({ readOnly }) => !readOnly) };
  for (let above = dirname(path); above !== "/"; above = dirname(above))
    if (isSource(writable, above))
      throw new Refusal(
        `${quoted(source)} is below ${quoted(above)}, which servers may write: people there could make it lead elsewhere. Mount it from a place of its own`,
      );
}

/** Whether a path is the folder, or in it. */
function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Whether the hub may ask about a path: a source, or a folder above one. */
export function mayLook(policy: BrokerPolicy, path: string): boolean {
  return isSource(policy, path) || policy.binds.some(({ source }) => isBelow(path, source.split("{")[0] ?? source));
}
