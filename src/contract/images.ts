/** Images as people and admins see them: what can be chosen, what is on the engine, and what is being built. */
import { z } from "zod";

/** `GET /hub/api/hublet/catalogue`: repositories that this person may choose from, preferred ones first. */
export const catalogueSchema = z.object({
  /** As image names begin: `localhost:5000`. */
  registry: z.string(),
  /** `loading`: asked for the first time. `unreachable`: what is shown is what was known before; `problem` says why. */
  state: z.enum(["loading", "ready", "unreachable"]),
  problem: z.string().nullable(),
  /** When the registry answered last. */
  checkedAt: z.string().nullable(),
  repositories: z.array(z.object({ name: z.string(), preferred: z.boolean() })),
});
export type CatalogueView = z.infer<typeof catalogueSchema>;

/** `GET /hub/api/hublet/catalogue/tags?repository=`: `latest` first, then versions, newest first. Empty when all were deleted. */
export const tagsSchema = z.object({
  repository: z.string(),
  tags: z.array(z.string()),
  /** The registry did not answer: what is shown was known before. */
  problem: z.string().nullable(),
});
export type TagsView = z.infer<typeof tagsSchema>;

/** Who runs an image. */
const usedBySchema = z.object({ user: z.string(), server: z.string(), state: z.string() });

/** `GET /hub/api/hublet/images` (admins): images of the engine. */
export const engineImageSchema = z.object({
  id: z.string(),
  /** Names with tags; empty for what lost its name. */
  references: z.array(z.string()),
  digests: z.array(z.string()),
  sizeBytes: z.number(),
  created: z.string().nullable(),
  /** Version of jupyterhub in it; null: it has none, or nobody has looked. */
  jupyterhub: z.string().nullable(),
  /** What stands in `jupyterhub` is known: the image says it by a label, or was looked into before a start. */
  jupyterhubKnown: z.boolean(),
  usedBy: z.array(usedBySchema),
  /** What of the configuration names it: `server`, `profiles.gpu`, `groups.staff`. Such an image is never removed by gc. */
  namedBy: z.array(z.string()),
  /** Of the program itself: hub, proxy and their like. */
  ours: z.boolean(),
});
export type EngineImageView = z.infer<typeof engineImageSchema>;
export const imagesSchema = z.object({
  items: z.array(engineImageSchema),
  /** Of the disk that the engine's images lie on; null where it cannot be seen. */
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }).nullable(),
  /** The hub's own registry, or null. */
  registry: z
    .object({
      address: z.string(),
      answers: z.boolean(),
      usedBytes: z.number().nullable(),
      limitBytes: z.number().nullable(),
    })
    .nullable(),
});
export type ImagesView = z.infer<typeof imagesSchema>;

/** `POST /hub/api/hublet/images/pull` (202): fetched in the background; `images` events tell how far. */
export const pullImageSchema = z.strictObject({ reference: z.string().min(1) });
/** `DELETE /hub/api/hublet/images`: a name of the engine, or with `registry` a tag of the registry. */
export const removeImageSchema = z.strictObject({
  reference: z.string().min(1),
  registry: z.boolean().default(false),
  /** Also other tags of the same content, where the registry can only remove them together. */
  others: z.boolean().default(false),
});
/** `POST /hub/api/hublet/images/tag`: names without a registry are those of the registry that people choose from. */
export const tagImageSchema = z.strictObject({ reference: z.string().min(1), tag: z.string().min(1) });
/** What it answers: both names in full. */
export const taggedImageSchema = z.object({ reference: z.string(), tag: z.string() });
/** `POST /hub/api/hublet/images/push`: answers when it is in the registry that its name begins with. */
export const pushImageSchema = z.strictObject({ reference: z.string().min(1) });
export const pushedImageSchema = z.object({ reference: z.string(), digest: z.string().nullable() });
/** What `DELETE /hub/api/hublet/images` answers: also other tags of the same content, when the registry knows only that. */
export const removedImagesSchema = z.object({ removed: z.array(z.string()) });
/** `POST /hub/api/hublet/images/gc`: with `dryRun` only told. */
export const gcSchema = z.strictObject({
  dryRun: z.boolean().default(false),
  /** Only what nobody has run for so many days. */
  unusedDays: z.number().min(0).default(0),
});
export const gcResultSchema = z.object({
  removed: z.array(z.object({ reference: z.string(), sizeBytes: z.number() })),
  /** What stays although nobody named it, and why: `in use by ada`, `named by profiles.gpu`. */
  kept: z.array(z.object({ reference: z.string(), because: z.string() })),
  freedBytes: z.number(),
});
export type GcResult = z.infer<typeof gcResultSchema>;

export const BUILD_STATES = [
  "queued",
  "building",
  "probing",
  "pushing",
  "testing",
  "done",
  "failed",
  "cancelled",
  /** The hub ended meanwhile. */
  "interrupted",
] as const;

/** What is installed, for who has no Containerfile. */
export const environmentSchema = z.strictObject({
  /** Image it begins with. Default: the hub's server image. */
  base: z.string().min(1).optional(),
  apt: z.array(z.string()).default([]),
  pip: z.array(z.string()).default([]),
  conda: z.array(z.string()).default([]),
  /** Packages of CRAN. */
  r: z.array(z.string()).default([]),
});
export type EnvironmentSpec = z.infer<typeof environmentSchema>;

/** What a build is asked for. `POST /hub/api/hublet/builds` carries it as JSON, or in the header `x-hublet-build` (base64url of the JSON) before a tar of the folder. */
export const buildSpecSchema = z.strictObject({
  /** Repository to be: `lab/uspy`; with a registry in front, that one is pushed to. */
  name: z.string().min(1),
  /** Tags beside `latest` and the version that the probe finds. */
  tags: z.array(z.string()).default([]),
  /** Path in the tar. */
  file: z.string().default("Containerfile"),
  target: z.string().optional(),
  args: z.record(z.string(), z.string()).default({}),
  /** Run in the new image; the last word of its last line is the version. */
  versionProbe: z.array(z.string()).min(1).optional(),
  environment: environmentSchema.optional(),
  /** Build alone; or build, probe, tag, push, and start once to see that it works, before the tags move. */
  release: z.boolean().default(false),
  push: z.boolean().default(false),
  noCache: z.boolean().default(false),
});
export type BuildSpec = z.infer<typeof buildSpecSchema>;

/** `GET /hub/api/hublet/builds`, `…/builds/{id}`; `DELETE …/builds/{id}` cancels. The event stream tells admins of each change. */
export const buildSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["build", "release"]),
  state: z.enum(BUILD_STATES),
  by: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** Names that the image has now. */
  references: z.array(z.string()),
  version: z.string().nullable(),
  imageId: z.string().nullable(),
  digest: z.string().nullable(),
  /** What it does now, or why it failed. */
  message: z.string(),
});
export type BuildView = z.infer<typeof buildSchema>;
export const buildsSchema = z.object({ items: z.array(buildSchema) });

/** `GET /hub/api/hublet/builds/{id}/log` (server-sent events): `line` (text) from the beginning on, `build` (BuildView) at each change; ends with the build. */
export const buildLineSchema = z.object({ text: z.string() });
