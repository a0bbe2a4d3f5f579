/** Where images come from: registries, what people may choose of them, and when an image is fetched anew. */
import { z } from "zod";
import { bytes, secretRef } from "./values.ts";

const host = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/,
    "must be a registry as image names begin with it, for example ghcr.io or registry.lab.example:5000",
  );
const repositoryPattern = z
  .string()
  .regex(/^[a-z0-9*][a-z0-9._*/-]*$/, "must be a repository, or a pattern with “*”, for example lab/*");

/** `missing`: fetched when the engine has none. `always`: compared with the registry at each start. `digest`: the tag's content of this moment is pinned and fetched when missing. `never`: only what the engine has. */
export const pullPolicy = z.enum(["missing", "always", "digest", "never"]);
export type PullPolicy = z.output<typeof pullPolicy>;

export const registry = z
  .strictObject({
    port: z.number().int().min(1).max(65_535).default(5000).describe("Its port on this host's loopback address."),
    limit: bytes
      .optional()
      .describe("How much its images may take of the disk; the hub refuses to push beyond. Default: no limit."),
    image: z
      .string()
      .min(1)
      .default("docker.io/library/registry:2")
      .describe(
        "Its image in a deployment, where the machine that applies has no docker-registry of its distribution.",
      ),
  })
  .optional()
  .describe("A private registry of this hub's own on loopback, with a password that only the hub and its admins know.");
export type RegistryConfig = NonNullable<z.output<typeof registry>>;

export const registries = z
  .record(
    host,
    z.strictObject({
      username: z.string().min(1).max(255).optional().describe("Name to sign in with; without it, no sign-in."),
      password: secretRef.optional().describe("Name of the secret with the password or token."),
      certificate: z
        .string()
        .min(1)
        .optional()
        .describe("PEM file of the authority that signed its certificate, beside this file or absolute."),
      insecure: z
        .boolean()
        .default(false)
        .describe("It speaks plain HTTP, or its certificate is not checked. Whoever is on the way can change images."),
    }),
  )
  .default({})
  .describe("Other registries, by their address as image names begin with it: how to sign in there.");
export type RegistriesConfig = z.output<typeof registries>;

export const catalogue = z
  .strictObject({
    registry: host.optional().describe("Registry whose images people choose from. Default: the hub's own (registry)."),
    repositories: z
      .array(repositoryPattern)
      .min(1)
      .default(["*"])
      .describe("Repositories that are offered; “*” stands for any characters."),
    prefer: z.array(repositoryPattern).default([]).describe("Repositories that come first, in this order."),
    everyone: z
      .boolean()
      .default(true)
      .describe(
        "false: only what a group lists under “images”, for its members; a pattern like lab/* there names many.",
      ),
  })
  .optional()
  .describe("People choose image and version from a registry. On by itself with a registry of the hub's own.");
export type CatalogueConfig = NonNullable<z.output<typeof catalogue>>;
