/**
 * The containers that the hub may ask for: strict, so that what is not named here cannot be said in any spelling. Go reads keys
 * without regard to case; here another case is another key, and refused.
 */
import { z } from "zod";

const text = z
  .string()
  .max(128 * 1024)
  .regex(/^[^\0]*$/);
const words = z.array(text).max(512);
/** With its value: of a name alone, or with “*”, Podman takes the value from its own environment. */
const variables = z.array(text.regex(/^[^=*]+=/)).max(512);
/** Absolute, in its plain form, and speakable in every way that engines have of saying a mount. */
export const plainPath = z
  .string()
  .max(4096)
  .regex(/^\/(?:[^\0,"\r\n]*[^\0,"\r\n/])?$/)
  .refine((path) => !/\/(?:\/|\.\.?(?:\/|$))/.test(path), "must be a plain path");
/** Only the configuration's own sources get further, which may have signs that Podman cannot say. */
const hostPath = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/)
  .refine((path) => !/\/(?:\/|\.\.?(?:\/|$))/.test(path), "must be a plain path");
const labels = z.record(z.string().max(256), z.string().max(4096));
const amount = z
  .number()
  .nonnegative()
  .max(2 ** 50);
const port = z.string().regex(/^\d{1,5}\/tcp$/);
/** Of a person's server, or of an image that is started once before its release (`trialName`). */
export const SERVER_NAME = /^(?:jupyter-[a-zA-Z0-9_.-]{1,240}|hublet-trial-[0-9a-f]{12})$/;
const volumeName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/);

const volumeMount = z.strictObject({
  Type: z.literal("volume"),
  Source: volumeName,
  Target: plainPath,
  ReadOnly: z.boolean(),
});
const bindMount = z.strictObject({
  Type: z.literal("bind"),
  Source: hostPath,
  Target: plainPath,
  ReadOnly: z.boolean(),
  BindOptions: z.strictObject({ Propagation: z.literal("rprivate"), NonRecursive: z.boolean() }),
});
const mount = z.discriminatedUnion("Type", [volumeMount, bindMount]);
export type CreateMount = z.output<typeof mount>;

/** What both kinds have: no rights, and no way to get any. */
const closedHost = {
  CapDrop: z.tuple([z.literal("ALL")]),
  SecurityOpt: z.tuple([z.literal("no-new-privileges")]),
  ReadonlyRootfs: z.boolean(),
  GroupAdd: z
    .array(z.string().regex(/^[1-9]\d{0,9}$/))
    .max(64)
    .optional(),
  Mounts: z.array(mount).max(128).optional(),
  Memory: amount.optional(),
  MemorySwap: amount.optional(),
  NanoCpus: amount.optional(),
  PidsLimit: amount.optional(),
};
const id = z.string().regex(/^\d{1,10}(?::\d{1,10})?$/);

/** A person's server, or an image that is tried out. */
export const serverBody = z.strictObject({
  Image: z.string().min(1).max(512),
  Cmd: words.optional(),
  User: id.optional(),
  WorkingDir: plainPath.optional(),
  Env: variables,
  Labels: labels,
  ExposedPorts: z.record(port, z.strictObject({})),
  HostConfig: z.strictObject({
    ...closedHost,
    // Of slirp4netns and pasta the plain word alone: their options reach the host's loopback.
    // Words that engines have for networks of others; names are held to the server's own below.
    NetworkMode: z
      .string()
      .regex(
        /^(?!(?:host|none|bridge|default|private|nat|container|ns|pod|podman)$)[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/i,
      ),
    PortBindings: z.record(
      port,
      z.tuple([z.strictObject({ HostIp: z.literal("127.0.0.1"), HostPort: z.literal("") })]),
    ),
    IpcMode: z.literal("private"),
    Tmpfs: z.record(plainPath, z.literal("rw,exec,nosuid,nodev,mode=1777")),
    RestartPolicy: z.strictObject({ Name: z.literal("no") }),
    LogConfig: z.strictObject({
      Type: z.enum(["k8s-file", "json-file"]),
      // The keys alone that bound a file: others name files of the host.
      Config: z.strictObject({ "max-size": z.literal("10m"), "max-file": z.literal("2").optional() }),
    }),
  }),
});
export type ServerBody = z.output<typeof serverBody>;

/** A container that runs one command over a home, or looks into an image, and is removed. */
export const helperBody = z.strictObject({
  Image: z.string().min(1).max(512),
  Entrypoint: words,
  Cmd: words,
  User: id.optional(),
  WorkingDir: plainPath.optional(),
  Env: variables.optional(),
  Labels: labels,
  AttachStdin: z.boolean().optional(),
  OpenStdin: z.boolean().optional(),
  StdinOnce: z.boolean().optional(),
  AttachStdout: z.boolean().optional(),
  AttachStderr: z.boolean().optional(),
  HostConfig: z.strictObject({
    ...closedHost,
    // With a network those of builds alone, whose commands share it.
    NetworkMode: z.enum(["none", "slirp4netns", "pasta"]),
    AutoRemove: z.literal(true).optional(),
    CapAdd: z
      .array(z.enum(["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"]))
      .max(5)
      .optional(),
    ReadonlyRootfs: z.literal(true),
    Tmpfs: z.record(z.literal("/tmp"), z.literal("rw,nosuid,nodev,mode=1777,size=67108864")).optional(),
    LogConfig: z.strictObject({ Type: z.literal("none"), Config: z.strictObject({}) }),
  }),
});
export type HelperBody = z.output<typeof helperBody>;

export const volumeBody = z.strictObject({ Name: volumeName, Labels: labels });

export const networkBody = z.strictObject({
  Name: z.string().regex(SERVER_NAME),
  Driver: z.literal("bridge"),
  CheckDuplicate: z.literal(true),
  Labels: labels,
  Options: z.union([
    z.strictObject({ isolate: z.literal("true") }),
    z.strictObject({ "com.docker.network.bridge.enable_icc": z.literal("false") }),
  ]),
  // Out of the hub's own range: nobody's network is imitated.
  IPAM: z
    .strictObject({
      Config: z.tuple([z.strictObject({ Subnet: z.string().regex(/^10\.213\.\d{1,3}\.\d{1,3}\/28$/) })]),
    })
    .optional(),
});
