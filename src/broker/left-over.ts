import { z } from "zod";
import { HUB_LABEL } from "../kernel/index.ts";
import type { Engine } from "./engine.ts";
import { targetText } from "./target.ts";

const containers = z.array(z.unknown());
const volumes = z.object({ Volumes: z.array(z.unknown()).nullish() });

/** Whether an engine has neither a container nor a volume of a hub. */
export async function hasNothing(engine: Engine, hub: string): Promise<boolean> {
  const filters = JSON.stringify({ label: [`${HUB_LABEL}=${hub}`] });
  const listed = await engine.ask({
    method: "GET",
    target: targetText("", ["containers", "json"], { all: "true", filters }),
  });
  const kept = await engine.ask({ method: "GET", target: targetText("", ["volumes"], { filters }) });
  if (listed.status !== 200 || kept.status !== 200) return false;
  return (
    containers.parse(JSON.parse(listed.text)).length === 0 &&
    (volumes.parse(JSON.parse(kept.text)).Volumes ?? []).length === 0
  );
}
