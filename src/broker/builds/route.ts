/** Building images. */
import { z } from "zod";
import { quoted } from "../check-container.ts";
import { type Exchange, jsonText, parsed, relay } from "../exchange.ts";
import { fullImageName } from "../image-names.ts";
import { isProgram, signIn, unnamed } from "../image-routes.ts";
import { mayName } from "../policy.ts";
import { Refusal } from "../refusal.ts";
import { flag, type Route, route, several } from "../route.ts";
import { targetText } from "../target.ts";
import { remadeContext } from "./context.ts";
import { guardedNamespaces } from "./namespaces.ts";
import { readRecipe } from "./recipe.ts";

/** Milliseconds in which a folder must have come: some gigabytes from a slow disk. */
const UPLOAD_MS = 30 * 60_000;

/**
 * A path below the context, in plain signs: Podman takes a list in JSON as well, whose paths may lead anywhere on the host, and has
 * the C preprocessor put files of the host into what ends with “.in”.
 */
const containerfile = z
  .string()
  .max(512)
  .regex(/^[\w@+~ -][\w.@+~ -]*(?:\/[\w@+~ -][\w.@+~ -]*)*$/)
  .refine((path) => !path.endsWith(".in"));
const stringMap = z.record(z.string().max(512), z.string().max(64 * 1024));

export const buildRoutes: readonly Route[] = [
  route(
    "POST /build",
    {
      dockerfile: containerfile,
      t: several,
      target: z
        .string()
        .regex(/^[\w.-]{1,128}$/)
        .optional(),
      buildargs: z.string(),
      labels: z.string(),
      nocache: flag,
      rm: z.literal("true"),
      forcerm: z.literal("true"),
      layers: flag.optional(),
      nsoptions: z.string().max(1024).optional(),
    },
    async (exchange, { query }) => {
      for (const name of query.t) {
        const full = fullImageName(name);
        if (full === undefined || !mayName(exchange.policy, full)) throw unnamed(name);
      }
      if (query.t.length === 0 || query.t.length > 32) throw new Refusal("a build has one to 32 names");
      const labels = parsed(stringMap, jsonText(query.labels));
      if (isProgram(labels)) throw new Refusal("no build is the program's own");
      const args = parsed(stringMap, jsonText(query.buildargs));
      const headers = signIn(exchange, "x-registry-config");
      const target = (nsoptions: string | undefined) =>
        targetText(exchange.prefix, ["build"], {
          ...query,
          buildargs: JSON.stringify(args),
          labels: JSON.stringify(labels),
          nsoptions,
        });
      // Docker's builder unpacks in a root of its own, has no mounts, and gives its commands a network of their own.
      if (exchange.policy.engine === "docker") {
        if (query.nsoptions !== undefined) throw new Refusal("Docker's builds have namespaces of their own");
        await relay(exchange, { method: "POST", target: target(undefined), stream: exchange.request, headers });
        return;
      }
      if (query.nsoptions === undefined)
        throw new Refusal(
          "a build needs a helper, whose network it has in place of the host's: fetch an image with a shell first",
        );
      const nsoptions = await guardedNamespaces(exchange, query.nsoptions);
      const stream = remadeFolder(exchange, { file: query.dockerfile, args, nsoptions, headers });
      await relay(exchange, { method: "POST", target: target(nsoptions), stream, headers });
    },
    { body: "tar" },
  ),
];

interface Folder {
  readonly file: string;
  readonly args: Readonly<Record<string, string>>;
  readonly nsoptions: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Podman begins when the folder's end has come, and that is sent when all of it was looked at. */
function remadeFolder(exchange: Exchange, { file, args, nsoptions, headers }: Folder) {
  return remadeContext(exchange.request, {
    file,
    longestMs: UPLOAD_MS,
    async finish(text, names) {
      const recipe = readRecipe(text, new Map(Object.entries(args)));
      const link = recipe.shown.find((path) => names.leadsAway(path));
      if (link !== undefined) throw new Refusal(`a command is shown ${quoted(link)} of the folder, which is a link`);
      const ids = new Map<string, string>();
      for (const name of recipe.images)
        ids.set(name, await exchange.room.bases.idOf(exchange, name, headers["x-registry-config"]));
      await guardedNamespaces(exchange, nsoptions);
      return recipe.text(ids);
    },
  });
}
