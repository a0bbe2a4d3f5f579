/** What registries answer (OCI distribution 1.1, OCI image 1.1, Docker image manifest 2.2), and what of it is used. */
import { z } from "zod";
import { isRepository, isTag } from "../reference.ts";

export const INDEX_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
] as const;
const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;
/** Without all of them, registries convert what they have, and name the digest of something else. */
export const ACCEPTED_MANIFESTS = [...INDEX_TYPES, ...MANIFEST_TYPES].join(", ");

const digest = z.string().regex(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/);
export const digestAnswer = digest;

/** Names that are none are left out: nothing could be asked about them. */
export const repositoriesAnswer = z.object({
  repositories: z
    .array(z.string())
    .nullish()
    .transform((names) => (names ?? []).filter(isRepository)),
});

/** `tags` is null after the last one was deleted. */
export const tagsAnswer = z.object({
  tags: z
    .array(z.string())
    .nullish()
    .transform((tags) => (tags ?? []).filter(isTag)),
});

const descriptor = z.object({ digest, size: z.number().nonnegative() });

export const indexAnswer = z.object({
  manifests: z.array(
    descriptor.extend({
      platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
    }),
  ),
});

export const manifestAnswer = z.object({ config: descriptor, layers: z.array(descriptor).default([]) });

const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {});
export const imageConfigAnswer = z.object({
  os: z.string().default("linux"),
  architecture: z.string().optional(),
  created: z.string().nullish(),
  config: z
    .object({
      Labels: textMap,
      Env: z
        .array(z.string())
        .nullish()
        .transform((list) => list ?? []),
    })
    .nullish(),
});

export const tokenAnswer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  /** Seconds; 60 by the specification when not said. */
  expires_in: z.number().positive().optional(),
});

export const refusalAnswer = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().nullish() })).min(1),
});
