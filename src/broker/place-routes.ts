/** Volumes and networks. */
import { z } from "zod";
import { HUB_LABEL } from "../kernel/index.ts";
import { checkLabels, isHome, namedVolume, quoted } from "./check-container.ts";
import { networkBody, volumeBody } from "./container-schema.ts";
import { answerWith, type Exchange, isOurs, jsonBody, listOf, look, relay } from "./exchange.ts";
import { Missing, Refusal } from "./refusal.ts";
import { type Route, route } from "./route.ts";
import { targetText } from "./target.ts";

const labels = z.record(z.string(), z.string()).nullish();
export const volume = z.looseObject({ Name: z.string(), Labels: labels });
export const network = z.looseObject({ Id: z.string(), Name: z.string(), Labels: labels });
/** Only compared with: the broker filters by itself. */
const filters = { filters: z.string().max(4096).optional() };

export const placeRoutes: readonly Route[] = [
  route("GET /volumes", filters, async (exchange) => {
    const schema = z.looseObject({ Volumes: z.array(volume).nullish() });
    const found = await listOf(exchange, targetText(exchange.prefix, ["volumes"], ownFilter(exchange)), schema);
    if (found === undefined) return;
    const ours = (found.Volumes ?? []).filter(({ Labels }) => isOurs(exchange, Labels));
    answerWith(exchange, { status: 200, text: JSON.stringify({ Volumes: ours, Warnings: null }) });
  }),
  route(
    "POST /volumes/create",
    {},
    async (exchange) => {
      const body = await jsonBody(exchange, volumeBody);
      mustBeAllowed(exchange, body.Name);
      await mustBeLabelled(exchange, body.Labels);
      await relay(exchange, { method: "POST", target: targetText(exchange.prefix, ["volumes", "create"]), body });
    },
    { body: "json" },
  ),
  route("GET /volumes/{name}", {}, async (exchange, { name }) => {
    mustBeAllowed(exchange, name);
    await relay(exchange, { method: "GET", target: targetText(exchange.prefix, ["volumes", name]) });
  }),
  route("DELETE /volumes/{name}", {}, async (exchange, { name }) => {
    mustBeAllowed(exchange, name);
    if (namedVolume(exchange.policy, name)?.readOnly === true)
      throw new Refusal(`the volume ${quoted(name)} is read-only by the configuration`);
    const found = await look(exchange, ["volumes", name], volume);
    const owner = found?.data.Labels?.[HUB_LABEL];
    // A volume without a label was made for a hub before this one, which gave it its name.
    if (owner !== undefined && owner !== exchange.room.pins.hub)
      throw new Refusal(`the volume ${quoted(name)} is another hub's`);
    await relay(exchange, { method: "DELETE", target: targetText(exchange.prefix, ["volumes", name]) });
  }),
  route("GET /networks", filters, async (exchange) => {
    const target = targetText(exchange.prefix, ["networks"], ownFilter(exchange));
    const found = await listOf(exchange, target, z.array(network));
    if (found === undefined) return;
    const ours = found.filter(({ Labels }) => isOurs(exchange, Labels));
    answerWith(exchange, { status: 200, text: JSON.stringify(ours) });
  }),
  route(
    "POST /networks/create",
    {},
    async (exchange) => {
      const body = await jsonBody(exchange, networkBody);
      await mustBeLabelled(exchange, body.Labels);
      await relay(exchange, { method: "POST", target: targetText(exchange.prefix, ["networks", "create"]), body });
    },
    { body: "json" },
  ),
  route("DELETE /networks/{name}", {}, async (exchange, { name }) => {
    const found = await look(exchange, ["networks", name], network);
    if (found === undefined) throw new Missing(`no such network: ${quoted(name)}`);
    if (!isOurs(exchange, found.data.Labels)) throw new Refusal(`the network ${quoted(name)} is not this hub's`);
    await relay(exchange, { method: "DELETE", target: targetText(exchange.prefix, ["networks", found.data.Id]) });
  }),
];

/** What the engine filters by; nothing is anybody's before there is a hub. */
function ownFilter({ room }: Exchange): { readonly filters: string } {
  return { filters: JSON.stringify({ label: [`${HUB_LABEL}=${room.pins.hub ?? ""}`] }) };
}

function mustBeAllowed({ policy }: Exchange, name: string): void {
  if (!isHome(name) && namedVolume(policy, name) === undefined)
    throw new Refusal(`the volume ${quoted(name)} is nobody's home, and the configuration does not name it`);
}

async function mustBeLabelled({ room }: Exchange, given: Readonly<Record<string, string>>): Promise<void> {
  checkLabels(given);
  const hub = given[HUB_LABEL];
  if (hub === undefined) throw new Refusal("what has not the hub's label is nobody's");
  await room.pins.require(hub);
}
