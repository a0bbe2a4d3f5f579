/**
 * The schema of `hublet.yaml`: strict, with defaults and descriptions; `hublet.schema.json` and the reference page are
 * generated from it. Sizes and durations may be written with units (`2G`, `90s`) and are numbers afterwards.
 */
import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 1024,
  KB: 1e3,
  KIB: 1024,
  M: 1024 ** 2,
  MB: 1e6,
  MIB: 1024 ** 2,
  G: 1024 ** 3,
  GB: 1e9,
  GIB: 1024 ** 3,
  T: 1024 ** 4,
  TB: 1e12,
  TIB: 1024 ** 4,
};
const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

function withUnit(units: Readonly<Record<string, number>>, fold: (unit: string) => string) {
  return (value: number | string, context: z.RefinementCtx): number => {
    if (typeof value === "number") return value;
    const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value.trim());
    const factor = match === null ? undefined : units[fold(match[2] ?? "")];
    if (match === null || factor === undefined) {
      context.addIssue({
        code: "custom",
        message: `“${value}” is not a number with a unit (${Object.keys(units).filter(Boolean).join(", ")})`,
      });
      return z.NEVER;
    }
    return Number(match[1]) * factor;
  };
}

/** Bytes: `512M`, `2G`, `1.5GiB`, or a number of bytes. */
const bytes = z
  .union([z.number().positive(), z.string().meta({ examples: ["512M", "2G"] })])
  .transform(withUnit(UNITS, (unit) => unit.toUpperCase()));
/** Seconds: `90s`, `5m`, `1h`, or a number of seconds. */
const seconds = z
  .union([z.number().positive(), z.string().meta({ examples: ["90s", "5m"] })])
  .transform(withUnit(SECONDS, (unit) => unit.toLowerCase()));

const environment = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name of an environment variable"),
  z.coerce.string(),
);

const launchFields = {
  image: z.string().min(1).describe("Container image people's servers run."),
  protocol: z
    .enum(["jupyterhub", "http"])
    .describe(
      "jupyterhub: the image has jupyterhub-singleuser. http: any image that serves HTTP; the proxy is the gate.",
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

export const configSchema = z.strictObject({
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
    .string()
    .regex(/^(sqlite|postgres(ql)?:\/\/.+)$/, "must be “sqlite” or a postgresql:// address")
    .default("sqlite")
    .describe("sqlite: a file in the state folder. Or postgresql://USER:PASSWORD@HOST/NAME."),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info").describe("How much the logs say."),
  server: z
    .strictObject({
      ...launchFields,
      image: launchFields.image.default("quay.io/jupyter/minimal-notebook:latest"),
      protocol: launchFields.protocol.default("jupyterhub"),
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
        .describe("Folder of the image that is kept: the person's volume is mounted there."),
      port: z.int().min(1).max(65_535).default(8888).describe("Port the server listens on inside its container."),
      startTimeout: seconds
        .default(120)
        .describe("How long a server may take until it answers, after its image is there."),
      stopGrace: seconds.default(10).describe("How long a server may take to end by itself before it is killed."),
    })
    .prefault({})
    .describe("What everybody's server is like."),
  profiles: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be a–z, 0–9 and “-”")
          .describe("Name for addresses, the API and the command line; keep it once people use it."),
        title: z.string().min(1).max(80).describe("What people read on the start page."),
        description: z.string().max(300).default("").describe("A sentence below the title."),
        image: launchFields.image.optional(),
        protocol: launchFields.protocol.optional(),
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
    .describe("Choices on the start page; each takes from “server” what it does not say. Empty: nothing to choose."),
  signIn: z
    .strictObject({
      minimumPasswordLength: z.int().min(8).max(128).default(10).describe("Shortest password people may choose."),
      sessionDays: z.int().min(1).max(365).default(14).describe("Days until a signed-in browser has to sign in again."),
      claimHours: z
        .int()
        .min(1)
        .max(24 * 90)
        .default(72)
        .describe("Hours until an unused claim link expires."),
    })
    .prefault({})
    .describe("How people sign in."),
});

/** The whole configuration with defaults filled in. */
export type Config = z.output<typeof configSchema>;
export type ServerConfig = Config["server"];
