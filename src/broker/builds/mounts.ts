/**
 * What a RUN may have mounted. Podman 4 follows links of the folder, of other images and of its caches on the host itself
 * (CVE-2024-1753, CVE-2024-9675), where they lead anywhere: so nothing is mounted from where a link may be.
 */
import { createHash } from "node:crypto";
import { quoted } from "../check-container.ts";
import { wrong } from "./instructions.ts";

export interface BuildMount {
  /** For the Containerfile. */
  readonly text: string;
  /** Path in the folder that is built; “” for all of it; undefined when it is none of the folder's. */
  readonly shown: string | undefined;
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  bind: ["source", "ro"],
  cache: ["id", "sharing", "mode", "uid", "gid", "ro"],
  tmpfs: [],
};
const LONG: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  readonly: "ro",
};
const PLAIN = /^[\w@+~ .:-]+(?:\/[\w@+~ .:-]+)*$/;

/** @throws Refusal */
export function buildMount(value: string, line: number): BuildMount {
  const fields = new Map<string, string>();
  for (const part of value.split(",")) {
    const at = part.indexOf("=");
    const said = at === -1 ? part : part.slice(0, at);
    const key = LONG[said] ?? said;
    if (fields.has(key)) throw wrong(line, `says ${quoted(key)} of a mount twice`);
    fields.set(key, at === -1 ? "" : part.slice(at + 1));
  }
  const kind = fields.get("type") ?? "bind";
  const known = KINDS[kind];
  if (known === undefined)
    throw wrong(line, `mounts a ${quoted(kind)}: builds have bind (of their folder), cache and tmpfs`);
  const strange = [...fields.keys()].find((key) => !["type", "target", ...known].includes(key));
  if (strange === "from") throw wrong(line, "mounts from another image or stage: take what it needs by COPY --from");
  if (strange !== undefined) throw wrong(line, `has a mount with ${quoted(strange)}, which is not handed on`);
  const target = fields.get("target") ?? "";
  if (!target.startsWith("/") || !isPlain(target.slice(1))) throw wrong(line, "mounts at no plain path");
  if (kind === "tmpfs") return { text: `--mount=type=tmpfs,target=${target}`, shown: undefined };
  if (kind === "cache") return { text: cacheText(fields, target, line), shown: undefined };
  const source = (fields.get("source") ?? "").replace(/^(?:\.?\/)+|\/+$/g, "").replace(/^\.$/, "");
  if (source !== "" && !isPlain(source)) throw wrong(line, "mounts no plain path of the folder");
  // Writable, it would take links that a later RUN follows.
  return { text: `--mount=type=bind,source=${source === "" ? "." : source},target=${target},ro`, shown: source };
}

/** Under one name without a slash: those that lie within others could be made links by them. */
function cacheText(fields: ReadonlyMap<string, string>, target: string, line: number): string {
  const id = createHash("sha256")
    .update(fields.get("id") ?? `target ${target}`)
    .digest("hex");
  const numbers = ["mode", "uid", "gid"].flatMap((key) => {
    const number = fields.get(key);
    if (number !== undefined && !/^\d{1,10}$/.test(number))
      throw wrong(line, `has a cache with no number as its ${key}`);
    return number === undefined ? [] : [`${key}=${number}`];
  });
  const words = [...numbers, ...(fields.has("ro") ? ["ro"] : [])];
  return `--mount=${["type=cache", `id=hublet-${id.slice(0, 32)}`, `target=${target}`, ...words].join(",")}`;
}

function isPlain(path: string): boolean {
  return PLAIN.test(path) && !path.split("/").some((part) => part === "." || part === "..");
}
