/**
 * The schema of `hublet.yaml`: strict, with defaults and descriptions; `hublet.schema.json` and the reference page are
 * generated from it. Sizes and durations may be written with units (`2G`, `90s`) and are numbers afterwards.
 */
import { z } from "zod";
import { backup, deploy, tls } from "./config/deployment.ts";
import { catalogue, registries, registry } from "./config/images.ts";
import { profiles, serverConfig } from "./config/launch.ts";
import { groups, people } from "./config/people.ts";
import { signIn } from "./config/sign-in.ts";
import { secretRef } from "./config/values.ts";

export type { DeployConfig, TlsConfig } from "./config/deployment.ts";
export type { CatalogueConfig, PullPolicy, RegistriesConfig, RegistryConfig } from "./config/images.ts";
export type { MountConfig } from "./config/launch.ts";
export type { GroupConfig, PeopleConfig } from "./config/people.ts";
export type { GithubConfig, HeaderConfig, OidcConfig, SignInConfig } from "./config/sign-in.ts";
export type { SecretRef } from "./config/values.ts";
export { secretRef } from "./config/values.ts";

/** What these say is done by the next “hublet apply” or “hublet backup”; a running hub has no use for them. */
export const APPLY_KEYS = ["deploy", "backup"] as const;
/** Changes of these need “hublet up” to be started again; everything else applies live. `tls` only when it comes or goes, or its `redirectFrom` does; `registry` not for its `limit`. */
export const RESTART_KEYS = ["listen", "engine", "engineSocket", "database", "registry"] as const;

export const configSchema = z.strictObject({
  include: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe(
      "Folders (conf.d) whose *.yaml files belong to this configuration, beside this file or absolute; or single files.",
    ),
  name: z.string().min(1).max(80).default("Hublet").describe("The lab's name, shown on every page."),
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be ADDRESS:PORT, for example 127.0.0.1:8000")
    .default("127.0.0.1:8000")
    .describe(
      "Address and port people reach. 127.0.0.1 is this computer only; 0.0.0.0 is everybody who can reach this host.",
    ),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Address people type, when it differs from listen (behind another proxy)."),
  trustedProxies: z
    .array(
      z.union(
        [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
        "must be an address or a network, for example 127.0.0.1 or 10.0.0.0/8",
      ),
    )
    .default([])
    .describe("Proxies before Hublet whose X-Forwarded-For is believed, so that limits on sign-in see real addresses."),
  engine: z
    .enum(["auto", "podman", "docker", "process"])
    .default("auto")
    .describe("What runs the servers; auto: rootless Podman, else Docker, else local processes."),
  engineSocket: z
    .string()
    .startsWith("/")
    .optional()
    .describe("Docker's API socket, when it is not /var/run/docker.sock."),
  allowManyOnProcess: z
    .boolean()
    .default(false)
    .describe("Allow more than one person with engine: process, which keeps nobody apart."),
  database: z
    .union([
      z.string().regex(/^(sqlite|postgres(ql)?:\/\/.+)$/, "must be “sqlite” or a postgresql:// address"),
      secretRef,
    ])
    .default("sqlite")
    .describe(
      "sqlite: a file in the state folder. Or postgresql://USER:PASSWORD@HOST/NAME, or the name of a secret that holds such an address.",
    ),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info").describe("How much the logs say."),
  tls,
  registry,
  registries,
  catalogue,
  deploy,
  backup,
  banner: z
    .strictObject({
      text: z.string().min(1).max(500).describe("What people read."),
      level: z.enum(["info", "warning"]).default("info").describe("How it looks."),
    })
    .optional()
    .describe("An announcement at the top of every page, also of the sign-in page."),
  server: serverConfig,
  profiles,
  people,
  groups,
  signIn,
});

/** The whole configuration with defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type ServerConfig = Config["server"];
