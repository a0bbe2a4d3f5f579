/** The namespaces of a build on Podman: those of a helper of this hub, and never the host's. */
import { z } from "zod";
import { HELPER_LABEL } from "../check-container.ts";
import { type Exchange, isOurs, jsonText, look, parsed } from "../exchange.ts";
import { Refusal } from "../refusal.ts";
import { targetText } from "../target.ts";

const namespace = <N extends "net" | "pid">(name: N) =>
  z.string().regex(new RegExp(`^/proc/[1-9]\\d{0,9}/ns/${name}$`));
const namespaces = z.tuple([
  z.strictObject({ Name: z.literal("network"), Host: z.literal(false), Path: namespace("net") }),
  z.strictObject({ Name: z.literal("pid"), Host: z.literal(false), Path: namespace("pid") }),
]);
const labels = z.record(z.string(), z.string()).nullish();
const helper = z.looseObject({
  State: z.looseObject({ Pid: z.number().int().positive() }),
  Config: z.looseObject({ Labels: labels }),
});

/**
 * A build's commands live in the process namespace of a helper, which ends them when it is killed, and in its network, which has no way
 * to the host's loopback. Asked at the beginning, and again when the folder has come: numbers of processes are given anew.
 * @throws Refusal
 */
export async function guardedNamespaces(exchange: Exchange, text: string): Promise<string> {
  const both = parsed(namespaces, jsonText(text));
  const [network, processes] = both.map(({ Path: path }) => Number(/\d+/.exec(path)?.[0]));
  if (network !== processes) throw new Refusal("a build enters two helpers at once");
  const filters = JSON.stringify({ label: [`${HELPER_LABEL}=${exchange.room.pins.hub ?? ""}`] });
  const target = targetText(exchange.prefix, ["containers", "json"], { filters });
  const { status, text: helpers } = await exchange.room.engine.ask({ method: "GET", target });
  if (status !== 200) throw new Refusal(`the engine does not list its helpers (status ${status})`);
  for (const { Id: id } of z.array(z.looseObject({ Id: z.string() })).parse(JSON.parse(helpers))) {
    const found = await look(exchange, ["containers", id, "json"], helper);
    if (found !== undefined && isOurs(exchange, found.data.Config.Labels) && found.data.State.Pid === processes)
      return JSON.stringify(both);
  }
  throw new Refusal("a build enters the namespaces of a helper of this hub, or none");
}
