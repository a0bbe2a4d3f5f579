/** What servers are like: `server`, `profiles`, and what groups may change of it. */
import { z } from "zod";
import { pullPolicy } from "./images.ts";
import { bytes, environment, seconds, secondsOrOff } from "./values.ts";

const absolute = z.string().regex(/^\/[^\0]*$/, "must be an absolute path");

/** A folder of the host, or a named volume of the engine, inside people's servers. */
export const mount = z.strictObject({
  source: z
    .string()
    .min(1)
    .describe(
      "Absolute path of a folder of the host; or the name of a volume of the engine, which is made if missing.",
    ),
  target: absolute.describe("Where servers see it. {username} and {account} are replaced."),
  readOnly: z.boolean().default(true).describe("Nobody can write there. Default: true."),
  optional: z
    .boolean()
    .default(false)
    .describe("Start without it when the folder is missing; otherwise such a start fails and says so."),
});
export type MountConfig = z.output<typeof mount>;

export const launchFields = {
  image: z.string().min(1).describe("Container image people's servers run."),
  protocol: z
    .enum(["jupyterhub", "http"])
    .describe(
      "jupyterhub: the image has jupyterhub-singleuser. http: any image that serves HTTP; the proxy is the gate.",
    ),
  pull: pullPolicy.describe(
    "When an image is fetched. missing: when this host has none of that name. always: asked for at each start. digest: the name's content at the start is pinned. never: only what this host has.",
  ),
  command: z
    .array(z.string())
    .min(1)
    .describe("Command inside the image; {port} and {prefix} are replaced. Default: by protocol."),
  defaultUrl: z.string().startsWith("/").describe("Page opened first, below the server's address."),
  environment: environment.describe("Environment variables of every server; they win over Hublet's own."),
  memory: bytes.describe("Memory limit of one server."),
  cpus: z.number().positive().describe("CPU limit of one server; may be a fraction."),
  pids: z.int().positive().describe("Limit of processes and threads of one server."),
  readOnlyRoot: z
    .union([z.boolean(), z.literal("auto")])
    .describe("Mount the image read-only; auto: when the image says that it can."),
};

/** What `server` says for everybody and a group may say for its members. */
export const policyFields = {
  mounts: z.array(mount).describe("Folders and volumes that servers see."),
  maximumServers: z.int().min(1).max(1000).describe("How many servers one person may have, the default one included."),
  idleTimeout: secondsOrOff.describe("A server without activity for so long is stopped; off: never."),
  maximumAge: secondsOrOff.describe("A server that has run for so long is stopped, active or not; off: never."),
  groupIds: z
    .array(z.int().min(1).max(2_147_483_647))
    .describe(
      "Numbers of groups that servers' processes belong to beside their own, for shared folders; on Docker those of the host.",
    ),
  sharing: z.boolean().describe("May let others into their own servers (the shares of JupyterHub's API)."),
};

export const serverConfig = z
  .strictObject({
    ...launchFields,
    image: launchFields.image.default("quay.io/jupyter/minimal-notebook:latest"),
    protocol: launchFields.protocol.default("jupyterhub"),
    pull: launchFields.pull.default("missing"),
    command: launchFields.command.optional(),
    defaultUrl: launchFields.defaultUrl.default("/lab"),
    environment: launchFields.environment.default({}),
    memory: launchFields.memory.default(2 * 1024 ** 3),
    cpus: launchFields.cpus.default(2),
    pids: launchFields.pids.default(2048),
    readOnlyRoot: launchFields.readOnlyRoot.default("auto"),
    home: z
      .string()
      .startsWith("/")
      .default("/home/jovyan")
      .describe(
        "Folder of servers that is kept: the person's volume, or folder of the host, is mounted there. {username} and {account} are replaced.",
      ),
    homes: z
      .union([z.literal("volume"), z.strictObject({ folder: absolute })])
      .default("volume")
      .describe(
        "Where homes are kept. volume: a volume of the engine for each person. folder: a folder of the host, for example /home/{account}; {username} and {account} are replaced.",
      ),
    runAs: z
      .enum(["image", "own", "host"])
      .default("image")
      .describe(
        "Under which user servers run. image: the image's own. own: a number of their own for each person, which Hublet keeps. host: number and groups of the person's account on this host (people.hostAccounts), with Docker.",
      ),
    umask: z
      .string()
      .regex(/^0?[0-7]{3}$/, "must be an octal mask, for example 0022")
      .default("0022")
      .describe("NB_UMASK of servers: which rights new files do not give."),
    skeleton: absolute
      .optional()
      .describe(
        "Folder of the host whose files every home gets at a start, where it has none of that name; a file .no-skeleton in a home keeps it as it is.",
      ),
    port: z.int().min(1).max(65_535).default(8888).describe("Port the server listens on inside its container."),
    startTimeout: seconds
      .default(120)
      .describe("How long a server may take until it answers, after its image is there."),
    stopGrace: seconds.default(10).describe("How long a server may take to end by itself before it is killed."),
    mounts: policyFields.mounts.default([]),
    maximumServers: policyFields.maximumServers.default(5),
    idleTimeout: policyFields.idleTimeout.default(null),
    maximumAge: policyFields.maximumAge.default(null),
    groupIds: policyFields.groupIds.default([]),
    sharing: policyFields.sharing.default(false),
  })
  .prefault({})
  .describe("What everybody's server is like.");

export const profiles = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be a–z, 0–9 and “-”")
        .describe("Name for addresses, the API and the command line; keep it once people use it."),
      title: z.string().min(1).max(80).describe("What people read on the start page."),
      description: z.string().max(300).default("").describe("A sentence below the title."),
      everyone: z.boolean().default(true).describe("false: only for members of groups that list it under “profiles”."),
      image: launchFields.image.optional(),
      protocol: launchFields.protocol.optional(),
      pull: launchFields.pull.optional(),
      command: launchFields.command.optional(),
      defaultUrl: launchFields.defaultUrl.optional(),
      environment: launchFields.environment.optional(),
      memory: launchFields.memory.optional(),
      cpus: launchFields.cpus.optional(),
      pids: launchFields.pids.optional(),
      readOnlyRoot: launchFields.readOnlyRoot.optional(),
    }),
  )
  .default([])
  .describe("Choices on the start page; each takes from “server” what it does not say. Empty: nothing to choose.");
