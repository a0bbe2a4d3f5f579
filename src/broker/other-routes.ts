/** What tells of the engine itself, and of the host's folders. */
import { normalize } from "node:path/posix";
import { z } from "zod";
import { HUB_LABEL, messageOf, systemCode } from "../kernel/index.ts";
import { plainPath } from "./container-schema.ts";
import { answerWith, jsonBody, jsonText, parsed, relay } from "./exchange.ts";
import { mayLook } from "./host-folders.ts";
import { Refusal } from "./refusal.ts";
import { type Route, route } from "./route.ts";
import { targetText } from "./target.ts";

const eventFilters = z.strictObject({
  type: z.tuple([z.literal("container")]),
  label: z.tuple([z.string().startsWith(`${HUB_LABEL}=`)]),
});

export const otherRoutes: readonly Route[] = [
  plain("_ping"),
  plain("version"),
  plain("info"),
  plain("libpod/info", true),
  route(
    "GET /events",
    { since: z.string().regex(/^\d{1,12}(?:\.\d{1,9})?$/), filters: z.string().max(4096) },
    async (exchange, { query }) => {
      const { label } = parsed(eventFilters, jsonText(query.filters));
      const hub = await exchange.room.pins.require(label[0].slice(HUB_LABEL.length + 1));
      const filters = JSON.stringify({ type: ["container"], label: [`${HUB_LABEL}=${hub}`] });
      const target = targetText(exchange.prefix, ["events"], { since: query.since, filters });
      await relay(exchange, { method: "GET", target });
    },
  ),
  route(
    "POST /hublet/look",
    {},
    async (exchange) => {
      const { path } = await jsonBody(exchange, z.strictObject({ path: plainPath }));
      const { policy, room } = exchange;
      if (!mayLook(policy, normalize(path))) throw new Refusal("the configuration does not mount that folder");
      const said = await room.view.stat(path).then(
        async ({ uid }) => ({ real: await room.view.real(path), uid }),
        (error: unknown) => ({ code: systemCode(error) ?? null, message: messageOf(error) }),
      );
      answerWith(exchange, { status: 200, text: JSON.stringify(said) });
    },
    { body: "json" },
  ),
];

function plain(path: string, libpod = false): Route {
  const segments = path.split("/");
  return route(
    `GET /${path}`,
    {},
    (exchange) => relay(exchange, { method: "GET", target: targetText(exchange.prefix, segments) }),
    { libpod },
  );
}
