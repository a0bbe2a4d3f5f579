import type { BuildView } from "../../../src/contract/index.ts";

const OVER: readonly BuildView["state"][] = ["done", "failed", "cancelled", "interrupted"];

/** Nothing happens to it any more. */
export function isOver({ state }: Pick<BuildView, "state">): boolean {
  return OVER.includes(state);
}

export type BuildTone = "on" | "bad" | "busy" | "off";

/** How the mark before its state looks. */
export function buildTone(state: BuildView["state"]): BuildTone {
  if (state === "done") return "on";
  if (state === "failed" || state === "interrupted") return "bad";
  return state === "cancelled" ? "off" : "busy";
}
