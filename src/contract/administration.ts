/** What admins see and do beside people and servers: groups, requests for accounts, lock-outs, the configuration's state. */
import { z } from "zod";

/** `GET /hub/api/hublet/groups` */
export const groupSchema = z.object({
  name: z.string(),
  description: z.string(),
  members: z.number().int(),
  /** The configuration defines it; groups without a definition give nothing but membership. */
  configured: z.boolean(),
  /** `hublet.yaml:30:3`, when configured. */
  place: z.string().nullable(),
  /** One line for each thing it gives: “memory 4 GiB”, “/srv/data at /data, read-only”. */
  gives: z.array(z.string()),
});
export type GroupView = z.infer<typeof groupSchema>;
export const groupsSchema = z.object({ items: z.array(groupSchema) });

/** `GET /hub/api/hublet/groups/{name}/members?offset=&limit=` */
export const membersSchema = z.object({
  items: z.array(z.object({ name: z.string(), byHand: z.boolean(), because: z.array(z.string()) })),
  total: z.number().int(),
});
export type MembersView = z.infer<typeof membersSchema>;

/** `GET /hub/api/hublet/sign-ups`; `POST …/{id}/approve`, `DELETE …/{id}`. */
export const signUpSchema = z.object({
  id: z.number().int(),
  name: z.string(),
  note: z.string(),
  address: z.string(),
  created: z.string(),
});
export type SignUpView = z.infer<typeof signUpSchema>;
export const signUpsSchema = z.object({ items: z.array(signUpSchema) });

/** `GET /hub/api/hublet/lockouts`; `DELETE /hub/api/hublet/lockouts` with `{key}`. */
export const lockoutSchema = z.object({
  key: z.string(),
  /** Who or what is held off, null when it is the other. */
  name: z.string().nullable(),
  address: z.string().nullable(),
  failures: z.number().int(),
  until: z.string(),
});
export type LockoutView = z.infer<typeof lockoutSchema>;
export const lockoutsSchema = z.object({ items: z.array(lockoutSchema) });
export const clearLockoutSchema = z.strictObject({ key: z.string() });

export const configProblemSchema = z.object({
  file: z.string(),
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
  /** Dotted path of the key; "" for the file as a whole. */
  path: z.string(),
  message: z.string(),
});
export type ConfigProblem = z.infer<typeof configProblemSchema>;

/** `GET /hub/api/hublet/configuration`: which configuration works, and what became of the files since. */
export const configurationSchema = z.object({
  file: z.string(),
  /** Every file that was read: includes, users file, certificate. */
  files: z.array(z.string()),
  /** When the working configuration was taken over. */
  appliedAt: z.string(),
  /** `refused`: the files were changed since, with mistakes; the older configuration works on. */
  state: z.enum(["applied", "refused"]),
  refusedAt: z.string().nullable(),
  problems: z.array(configProblemSchema),
  /** Changed keys that the running processes cannot take over: they need “hublet up” to be started again. */
  needsRestart: z.array(z.string()),
  /** What is unsafe but allowed, in sentences. */
  warnings: z.array(z.string()),
});
export type ConfigurationView = z.infer<typeof configurationSchema>;

/** One changed key of `hublet config diff`. Secrets show as their names. */
export const configChangeSchema = z.object({
  path: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  live: z.boolean(),
});
export type ConfigChange = z.infer<typeof configChangeSchema>;
/** `GET /hub/api/hublet/configuration/effective`: the working configuration with its defaults; secrets by name only. */
export const effectiveConfigSchema = z.object({ config: z.record(z.string(), z.unknown()) });

/** `GET /hub/api/hublet/account/second-factor` */
export const secondFactorSchema = z.object({
  active: z.boolean(),
  /** `off`: cannot be used here. */
  rule: z.enum(["off", "optional", "required"]),
  recoveryCodesLeft: z.number().int(),
});
export type SecondFactorView = z.infer<typeof secondFactorSchema>;
/** `POST /hub/api/hublet/account/second-factor` with `{password}` begins; the secret is shown once, as text and QR code (SVG). */
export const secondFactorBegunSchema = z.object({ secret: z.string(), uri: z.string(), qr: z.string() });
export const beginSecondFactorSchema = z.strictObject({ password: z.string() });
/** `PUT /hub/api/hublet/account/second-factor` with `{code}` confirms; recovery codes are shown once. */
export const confirmSecondFactorSchema = z.strictObject({ code: z.string() });
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });
/** `DELETE /hub/api/hublet/account/second-factor` with `{password, code}`; admins: `DELETE …/people/{name}/second-factor`. */
export const removeSecondFactorSchema = z.strictObject({ password: z.string(), code: z.string() });

/** `GET /hub/api/hublet/account/sessions`; `DELETE …/account/sessions/{id}`. */
export const browserSessionSchema = z.object({
  id: z.string(),
  created: z.string(),
  expiresAt: z.string(),
  userAgent: z.string(),
  address: z.string(),
  /** The browser that asks. */
  current: z.boolean(),
});
export const browserSessionsSchema = z.object({ items: z.array(browserSessionSchema) });
export type BrowserSessionView = z.infer<typeof browserSessionSchema>;

/** `POST /hub/api/hublet/people/import`: rows of a CSV file; nobody is added when one of them is wrong. */
export const importPeopleSchema = z.strictObject({
  rows: z
    .array(
      z.strictObject({
        name: z.string(),
        admin: z.boolean().optional(),
        /** Memberships by hand; groups that do not exist are made. */
        groups: z.array(z.string()).optional(),
        password: z.string().optional(),
        /** In place of a password: its hash of another hub, bcrypt ($2b$…). */
        passwordHash: z.string().optional(),
      }),
    )
    .min(1)
    .max(10_000),
  /** What those without a password get: a one-time link, a generated pass phrase, or nothing (GitHub and the like). */
  give: z.enum(["links", "passphrases", "nothing"]),
});
export const importedPeopleSchema = z.object({
  added: z.array(
    z.object({
      name: z.string(),
      url: z.string().nullable(),
      passphrase: z.string().nullable(),
      expiresAt: z.string().nullable(),
    }),
  ),
  /** Who was there without a password, and has that of the other hub now. */
  takenOver: z.array(z.string()),
  existing: z.array(z.string()),
  keptFiles: z.array(z.string()),
});
