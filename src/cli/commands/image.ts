/** `hublet image list|show|tag|push|rm|gc|prepull`: images of the engine and of the registry. */
import { z } from "zod";
import {
  gcResultSchema,
  imagesSchema,
  pushedImageSchema,
  removedImagesSchema,
  taggedImageSchema,
} from "../../contract/index.ts";
import { means, meantHere } from "../../images/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { followFetches } from "../image/fetching.ts";
import { offeredImages, offeredText } from "../image/offered.ts";
import { registryLines } from "../image/registry-lines.ts";
import { imageRows, jupyterhubText, usersText } from "../image/rows.ts";
import { readableBytes } from "../image/sizes.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

const IMAGE = {
  name: "image",
  description:
    "Its name with a tag, like localhost:5000/lab/uspy:1.2, or its id. Without a registry in it, what is here under that name, else of the registry that people choose from, else of this host.",
};
const FETCHED = { name: "image", description: "Its full name with a tag, like localhost:5000/lab/uspy:1.2." };

async function imagesOf(context: CliContext) {
  return await context.hub().request("GET", "/hublet/images", imagesSchema);
}

export const imageList = command({
  path: ["image", "list"],
  summary: "List the engine's images: size, who uses them, and the version of jupyterhub in them",
  positionals: [],
  options: {
    all: z.boolean().default(false).describe("Also those of the program itself."),
    registry: z.boolean().default(false).describe("What people may choose from the registry, with its versions."),
  },
  inside: true,
  examples: ["hublet image list", "hublet image list --registry", "hublet image list --json"],
  run: async (context, _words, { all, registry }) => {
    if (registry) {
      const offered = await offeredImages(context.hub());
      return { json: offered, text: offeredText(offered) };
    }
    const view = await imagesOf(context);
    const items = view.items.filter(({ ours }) => all || !ours);
    const rows = items.flatMap(imageRows);
    const { disk } = view;
    const free =
      disk === null ? "" : `\n\n${readableBytes(disk.freeBytes)} of ${readableBytes(disk.totalBytes)} are free.`;
    const text = table(["NAME", "SIZE", "USED BY", "JUPYTERHUB", "CREATED"], rows, "There are no images.");
    return { json: { ...view, items }, text: [text + free, ...registryLines(view.registry)].join("\n") };
  },
});

export const imageShow = command({
  path: ["image", "show"],
  summary: "Show all that is known of an image",
  positionals: [IMAGE],
  options: {},
  inside: true,
  examples: ["hublet image show localhost:5000/lab/uspy:1.2"],
  run: async (context, words) => {
    const given = firstWord(words);
    const { items, registry } = await imagesOf(context);
    const wanted = meantHere(given, items, registry?.address);
    const image = items.find(
      (candidate) =>
        means(wanted, candidate) ||
        (/^[0-9a-f]{6,}$/.test(wanted) && candidate.id.replace("sha256:", "").startsWith(wanted)),
    );
    if (image === undefined)
      throw new HubError("not-found", `There is no image ${wanted} on this host's engine. See “hublet image list”.`);
    const rows: [string, string][] = [
      ["id", image.id],
      ["names", image.references.join(", ") || "-"],
      ["digests", image.digests.join(", ") || "-"],
      ["size", readableBytes(image.sizeBytes)],
      ["created", image.created === null ? "-" : readableTime(image.created)],
      ["jupyterhub", jupyterhubText(image)],
      ["used by", usersText(image) || "nobody"],
      ["named by", image.namedBy.join(", ") || "nothing"],
    ];
    return { json: image, text: rows.map(([name, value]) => `${name.padEnd(11)} ${value}`).join("\n") };
  },
});

export const imageTag = command({
  path: ["image", "tag"],
  summary: "Give an image another name",
  positionals: [
    IMAGE,
    { name: "name", description: "Its further name with a tag; without a registry in it, of this hub's." },
  ],
  options: {},
  inside: true,
  examples: ["hublet image tag localhost/lab/uspy:1.2 localhost:5000/lab/uspy:stable"],
  run: async (context, words) => {
    const asked = { reference: firstWord(words), tag: firstWord(words.slice(1)) };
    const named = await context.hub().request("POST", "/hublet/images/tag", taggedImageSchema, asked);
    return { json: named, text: `${named.reference} is also ${named.tag} now.` };
  },
});

export const imagePush = command({
  path: ["image", "push"],
  summary: "Push an image to the registry that its name begins with",
  positionals: [IMAGE],
  options: {},
  inside: true,
  examples: ["hublet image push localhost:5000/lab/uspy:stable"],
  run: async (context, words) => {
    const wanted = firstWord(words);
    context.note(`Pushing ${wanted}`);
    const body = { reference: wanted };
    const pushed = await context.hub().work("/hublet/images/push", pushedImageSchema, body);
    const { reference, digest } = pushed;
    return { json: pushed, text: digest === null ? `${reference} is pushed.` : `${reference} is pushed as ${digest}.` };
  },
});

export const imageRm = command({
  path: ["image", "rm"],
  summary: "Remove an image's name from the engine, or a tag from the registry; what runs is never touched",
  positionals: [IMAGE],
  options: {
    registry: z.boolean().default(false).describe("Remove the tag from the registry, and leave the engine."),
    others: z
      .boolean()
      .default(false)
      .describe("With --registry: also other tags of the same content, where they can only go together."),
  },
  inside: true,
  examples: ["hublet image rm localhost/lab/uspy:1.1", "hublet image rm --registry lab/uspy:1.1"],
  run: async (context, words, { registry, others }) => {
    const reference = firstWord(words);
    const body = { reference, registry, others };
    const result = await context.hub().request("DELETE", "/hublet/images", removedImagesSchema, body);
    return { json: result, text: `Removed: ${result.removed.join(", ")}.` };
  },
});

export const imageGc = command({
  path: ["image", "gc"],
  summary: "Remove images that nobody runs, nothing names, and that are not the newest two of their repository",
  positionals: [],
  options: {
    dryRun: z.boolean().default(false).describe("Only say what would be removed."),
    unusedDays: z.coerce.number().min(0).default(0).describe("Only what nobody has run for so many days."),
  },
  inside: true,
  examples: ["hublet image gc --dry-run", "hublet image gc --unused-days 30"],
  run: async (context, _words, { dryRun, unusedDays }) => {
    const result = await context.hub().work("/hublet/images/gc", gcResultSchema, { dryRun, unusedDays });
    const lines = [
      ...result.removed.map(
        ({ reference, sizeBytes }) => `${dryRun ? "would go" : "removed"}  ${reference}  ${readableBytes(sizeBytes)}`,
      ),
      ...result.kept.map(({ reference, because }) => `kept  ${reference}  ${because}`),
      // Layers that images share are counted with each of them.
      `${dryRun ? "Would free" : "Freed"} at most ${readableBytes(result.freedBytes)}.`,
    ];
    return { json: result, text: lines.join("\n") };
  },
});

export const imagePrepull = command({
  path: ["image", "prepull"],
  summary: "Fetch images now, so that nobody waits for them later",
  positionals: [{ ...FETCHED, variadic: true }],
  options: { detach: z.boolean().default(false).describe("Begin, and do not wait for the end.") },
  inside: true,
  examples: ["hublet image prepull quay.io/jupyter/scipy-notebook:latest"],
  run: async (context, words, { detach }) => {
    for (const reference of words)
      await context.hub().request("POST", "/hublet/images/pull", z.unknown(), { reference });
    if (detach)
      return {
        json: { references: words },
        text: `Being fetched: ${words.join(", ")}. The page Images shows how far.`,
      };
    const images = await followFetches(context, words);
    return { json: { references: words, images }, text: `Here now: ${words.join(", ")}.` };
  },
});
