import type { ImagesView } from "../../contract/index.ts";
import { readableBytes } from "./sizes.ts";

/** How full the hub's own registry is, and that it does not answer; nothing without one. */
export function registryLines(registry: ImagesView["registry"]): string[] {
  if (registry === null) return [];
  const { address, answers, usedBytes, limitBytes } = registry;
  const limit = limitBytes === null ? "" : ` of ${readableBytes(limitBytes)}`;
  const used = usedBytes === null ? [] : [`${readableBytes(usedBytes)}${limit} are used`];
  const silent = answers ? [] : ["it does not answer, see “hublet logs registry”"];
  return [`Registry ${address}: ${[...used, ...silent].join("; ") || "it answers"}.`];
}
