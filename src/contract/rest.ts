/**
 * Hublet's own REST resources under `/hub/api/hublet/`, read by the web pages and the CLI. Everything JupyterHub
 * already has (users, servers, tokens, progress) is used as JupyterHub defines it and not repeated here.
 */
import { z } from "zod";
import { failureSchema, serverEventSchema, serverStateSchema } from "./states.ts";

/** What a person may choose at a start; hidden when there is only one. */
export const profileSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  image: z.string(),
  protocol: z.enum(["jupyterhub", "http"]),
  memoryBytes: z.number().nullable(),
  cpus: z.number().nullable(),
});
export type ProfileView = z.infer<typeof profileSchema>;

/** How far the hub's notebook image is: it may be pulled or built while the hub already answers. */
export const imageStatusSchema = z.object({
  reference: z.string(),
  state: z.enum(["checking", "pulling", "building", "importing", "ready", "failed"]),
  message: z.string(),
  /** 0–1, or null when unknown. */
  fraction: z.number().nullable(),
  bytesDone: z.number().nullable(),
  bytesTotal: z.number().nullable(),
  since: z.string(),
});
export type ImageStatus = z.infer<typeof imageStatusSchema>;

export const serverViewSchema = z.object({
  user: z.string(),
  /** `""` is the default server. */
  name: z.string(),
  state: serverStateSchema,
  /** When this state began. */
  since: z.string(),
  started: z.string().nullable(),
  lastActivity: z.string().nullable(),
  /** Path to open: `/user/NAME/…` */
  url: z.string(),
  profile: z.string().nullable(),
  /** As people call it: name and tag. */
  image: z.string().nullable(),
  /** `sha256:…` of what that named at the start, when it was pinned. */
  imageDigest: z.string().nullable(),
  /** The options of the last start: what the start page marks. */
  options: z.record(z.string(), z.unknown()),
  /** When it will be stopped for lack of activity, or for its age, as things stand now; null: never. */
  stopsAt: z.string().nullable(),
  /** Of these two, what comes first; null with `stopsAt`. */
  stopsBecause: z.enum(["idle", "age"]).nullable(),
  /** While it is stopped, and the hub itself did it by a rule: the sentence; for admins with the rule and its place. */
  stoppedBecause: z.string().nullable(),
  failure: failureSchema.nullable(),
});
export type ServerView = z.infer<typeof serverViewSchema>;

/** `GET /hub/api/hublet/session`: who is here, and what every page needs. */
export const bannerSchema = z.object({ text: z.string(), level: z.enum(["info", "warning"]) });
export const sessionSchema = z.object({
  hub: z.object({
    name: z.string(),
    version: z.string(),
    baseUrl: z.string(),
    banner: bannerSchema.nullable(),
    /** Own passwords can be used here. */
    passwords: z.boolean(),
  }),
  user: z.object({ name: z.string(), admin: z.boolean(), hasPassword: z.boolean() }),
});
export type SessionView = z.infer<typeof sessionSchema>;

/** `GET /hub/api/hublet/home`, and the `home` event of `GET /hub/api/hublet/events`. */
export const homeSchema = z.object({
  servers: z.array(serverViewSchema),
  profiles: z.array(profileSchema),
  /** Images this person may choose beside the profiles: the start option `image`. */
  choices: z.array(z.string()),
  /** There is a catalogue that this person may choose from: the start options `image` (repository) and `tag`. */
  catalogue: z.boolean(),
  /** How many servers this person may have. */
  maximumServers: z.number().int(),
  /** Failed ones only for admins, who can mend them: they may belong to a profile that this person never picks. */
  images: z.array(imageStatusSchema),
  /** Which limits of the profiles are enforced here; the others must not be promised to anybody. */
  limits: z.object({ memory: z.boolean(), cpu: z.boolean() }),
  /** What the engine and host cannot enforce; only for admins, else empty. */
  notes: z.array(z.string()),
});
export type HomeView = z.infer<typeof homeSchema>;

/**
 * `GET /hub/api/hublet/events` (server-sent events) sends `home` (HomeView) first, then `server` (ServerView), `timeline`
 * (`{user, server, event}`) and `images` (ImageStatus[]) as they change, and this as `removed` when a server is no more.
 * `configuration` (no data) says that the hub took over another configuration, or that this person's standing changed:
 * what the page shows of session, home and people is to be asked for again. `catalogue` (no data) says that the list of
 * repositories changed, or whether their registry answers. Admins also hear `build` (BuildView) at each change of a build,
 * and `engine-images` (no data) when images of the engine were named, removed or cleaned up.
 */
export const serverRemovedSchema = z.object({ user: z.string(), name: z.string() });
export type ServerRemoved = z.infer<typeof serverRemovedSchema>;

/** `GET /hub/api/hublet/users/{name}/servers/{server}/timeline` (`/server/timeline` for the default one): events of the current or last start. */
export const timelineSchema = z.object({ server: serverViewSchema, events: z.array(serverEventSchema) });
export type TimelineView = z.infer<typeof timelineSchema>;

/** `GET /hub/api/hublet/users/{name}/servers/{server}/log?lines=200` (`/server/log` for the default one) */
export const logSchema = z.object({ text: z.string() });

/** `POST /hub/api/hublet/account/password` */
export const changePasswordSchema = z.strictObject({ current: z.string(), next: z.string() });

/** `GET /hub/api/hublet/people?search=&state=all|active|inactive|admin|suspended&group=&sort=name|-name|last_activity|-last_activity&offset=&limit=` (admins). */
export const personSchema = z.object({
  name: z.string(),
  admin: z.boolean(),
  created: z.string(),
  lastActivity: z.string().nullable(),
  /** The person has set a password; otherwise they need a claim link. */
  claimed: z.boolean(),
  /** Why this person may not enter now; null when they may. */
  suspended: z.string().nullable(),
  groups: z.array(z.string()),
  /** Logins elsewhere: `github: octocat`. */
  logins: z.array(z.string()),
  secondFactor: z.boolean(),
  servers: z.array(serverViewSchema),
});
export type PersonView = z.infer<typeof personSchema>;
export const peopleSchema = z.object({
  items: z.array(personSchema),
  total: z.number().int(),
  offset: z.number().int(),
  limit: z.number().int(),
  /** Servers that run on the whole hub. */
  running: z.number().int(),
});
export type PeopleView = z.infer<typeof peopleSchema>;

export const peopleQuerySchema = z.object({
  search: z.string().max(255).default(""),
  state: z.enum(["all", "active", "inactive", "admin", "suspended"]).default("all"),
  /** Only members of this group. */
  group: z.string().max(64).default(""),
  sort: z.enum(["name", "-name", "last_activity", "-last_activity"]).default("name"),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** `PUT /hub/api/hublet/people/{name}/password` (admins, and the CLI). */
export const setPasswordSchema = z.strictObject({ password: z.string() });

/** `POST /hub/api/hublet/people` adds people; each gets a claim link to be handed over. */
export const addPeopleSchema = z.strictObject({
  names: z.array(z.string()).min(1).max(1000),
  admin: z.boolean().optional(),
  /** They get the files that an earlier person of their name left: it is the same person. Also for people who are there. */
  handOverFiles: z.boolean().optional(),
});
/** A one-time link; shown once, only its hash is stored. `url` is a path with the code after `#` or as a query. */
export const claimLinkSchema = z.object({ name: z.string(), code: z.string(), url: z.string(), expiresAt: z.string() });
export type ClaimLink = z.infer<typeof claimLinkSchema>;
export const addPeopleResultSchema = z.object({
  links: z.array(claimLinkSchema),
  existing: z.array(z.string()),
  /** Of these, people who might not enter, and may now: an admin has said so. */
  letIn: z.array(z.string()),
  /** Names under which an earlier person's files lie: nobody gets them until an admin says so. */
  keptFiles: z.array(z.string()),
  /** Names whose files were handed over now. */
  handedOver: z.array(z.string()),
});
/** `POST /hub/api/hublet/people/{name}/claim`: a new one-time link; an old password stops working when the link is used. */
/** `archive`: packed into a file of the state folder (`archives/NAME-TIME.tar.gz`), then erased. */
export const removePersonSchema = z.strictObject({
  /** What becomes of the person's files: said explicitly, `keep` by default. */
  data: z.enum(["keep", "archive", "erase"]).optional(),
});
/** Answer (200) when the files were archived: the file on the hub's host, or null when there were no files. */
export const removedPersonSchema = z.object({ archive: z.string().nullable() });
export type RemovedPerson = z.infer<typeof removedPersonSchema>;
