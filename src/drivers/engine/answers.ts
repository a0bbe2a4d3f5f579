/** The parts of the engines' answers that are read, parsed once at the edge. Podman sends `null` where Docker omits. */
import { z } from "zod";

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

const names = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

export const versionAnswer = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional() });

/** `GET /info` of the Docker-compatible API. */
export const infoAnswer = z.object({
  MemoryLimit: z.boolean().default(false),
  CpuCfsQuota: z.boolean().default(false),
  PidsLimit: z.boolean().default(false),
  SwapLimit: z.boolean().default(false),
  CgroupVersion: z.string().default("1"),
  CgroupDriver: z.string().default(""),
  SecurityOptions: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? []),
});

const idMapping = z.object({ container_id: z.number(), host_id: z.number(), size: z.number() });

/** `GET /libpod/info`: unlike Podman's `/info`, it tells which cgroup controllers the account really has. */
export const libpodInfoAnswer = z.object({
  host: z.object({
    cgroupVersion: z.string().default("v1"),
    cgroupControllers: z
      .array(z.string())
      .nullish()
      .transform((value) => value ?? []),
    /** Podman 5: the program of the default rootless network, `pasta` or `slirp4netns`. */
    rootlessNetworkCmd: z.string().optional(),
    security: z.object({ rootless: z.boolean() }),
    /** What numbers in containers are on the host; empty for root. */
    idMappings: z.object({ uidmap: z.array(idMapping).nullish(), gidmap: z.array(idMapping).nullish() }).nullish(),
  }),
});

export const createdAnswer = z.object({ Id: z.string() });

const portBinding = z.object({ HostIp: z.string().optional(), HostPort: z.string() });

/** `GET /containers/{name}/json` */
export const containerAnswer = z.object({
  Id: z.string(),
  Name: z.string(),
  State: z.object({
    Running: z.boolean(),
    Status: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().default(false),
    /** Of the main process, as the engine's host numbers it; 0 when it does not run. */
    Pid: z.number().default(0),
  }),
  Config: z.object({ Labels: labels }),
  NetworkSettings: z.object({
    Ports: z
      .record(z.string(), z.array(portBinding).nullish())
      .nullish()
      .transform((value) => value ?? {}),
  }),
});
export type ContainerAnswer = z.infer<typeof containerAnswer>;

/** `GET /containers/json` */
export const containerListAnswer = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Labels: labels,
    State: z.string(),
    Ports: z
      .array(z.object({ IP: z.string().optional(), PublicPort: z.number().optional(), Type: z.string().optional() }))
      .nullish()
      .transform((value) => value ?? []),
  }),
);
/** The same list, of helpers that are no servers. `Created`: seconds since 1970. */
export const helperListAnswer = z.array(z.object({ Id: z.string(), Names: z.array(z.string()), Created: z.number() }));
export type ListedContainer = z.infer<typeof containerListAnswer>[number];

/** `GET /images/{name}/json` */
export const imageAnswer = z.object({
  Id: z.string(),
  Size: z.number(),
  RepoDigests: names,
  Config: z
    .object({ Labels: labels, User: z.string().default("") })
    .nullish()
    .transform((value) => value ?? { Labels: {}, User: "" }),
});

/** `GET /images/json` */
export const imageListAnswer = z.array(
  z.object({
    Id: z.string(),
    Size: z.number(),
    Labels: labels,
    RepoTags: names,
    RepoDigests: names,
    /** Seconds since 1970. */
    Created: z.number().default(0),
  }),
);

/** `POST /containers/{name}/wait` */
export const exitAnswer = z.object({ StatusCode: z.number() });

/** `GET /networks` */
export const networkListAnswer = z.array(z.object({ Id: z.string(), Name: z.string(), Labels: labels }));

/** One line of the stream of a pull, a push, an import or a build. */
export const progressLine = z.object({
  status: z.string().optional(),
  /** A build's output, in pieces that are no lines. */
  stream: z.string().optional(),
  /** At the end: a push tells the digest, a build the image's id. */
  aux: z.object({ Digest: z.string().optional(), ID: z.string().optional() }).nullish(),
  id: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).nullish(),
});
export type ProgressLine = z.infer<typeof progressLine>;

/** One line of `GET /events`. */
export const eventLine = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: labels }),
});

/** The body of a refusal; Podman adds `cause`. */
export const refusalAnswer = z.object({ message: z.string().default(""), cause: z.string().default("") });

/** `GET /volumes/{name}` */
export const volumeAnswer = z.object({ Labels: labels.nullish() });

/** `GET /volumes` */
export const volumeListAnswer = z.object({
  Volumes: z
    .array(z.object({ Name: z.string(), Labels: labels }))
    .nullish()
    .transform((value) => value ?? []),
});
