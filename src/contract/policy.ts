/** What a person may do and gets, with its reasons: the same shape for servers, the admin page and `hublet auth explain`. */
import { z } from "zod";

/** One reason, in a sentence; `place` is the rule's line: `hublet.yaml:12:3`. */
export const reasonSchema = z.object({ text: z.string(), place: z.string().nullable() });
export type Reason = z.infer<typeof reasonSchema>;

/** A value with who said it: `server.memory` or `groups.staff.memory`; `over` is what was said too, and lost. */
function said<T extends z.ZodType>(value: T) {
  const one = z.object({ value, from: z.string(), place: z.string().nullable() });
  return one.extend({ over: z.array(one) });
}
export interface Said<T> {
  readonly value: T;
  readonly from: string;
  readonly place: string | null;
  readonly over: readonly { readonly value: T; readonly from: string; readonly place: string | null }[];
}

const granted = { from: z.string(), place: z.string().nullable() };

export const policySchema = z.object({
  /** Bytes; CPUs; processes. A value that a group said also holds down what a profile asks for. */
  memory: said(z.number()),
  cpus: said(z.number()),
  pids: said(z.number()),
  maximumServers: said(z.number()),
  /** Seconds; null is never. */
  idleTimeout: said(z.number().nullable()),
  maximumAge: said(z.number().nullable()),
  sharing: said(z.boolean()),
  /** Without what a profile adds. */
  environment: z.record(z.string(), said(z.string())),
  mounts: z.array(
    z.object({ source: z.string(), target: z.string(), readOnly: z.boolean(), optional: z.boolean(), ...granted }),
  ),
  /** Names of the profiles that may be chosen; empty when there are none. */
  profiles: z.array(z.object({ name: z.string(), ...granted })),
  /** Names of images, or patterns with “*”. */
  images: z.array(z.object({ reference: z.string(), ...granted })),
  groupIds: z.array(z.object({ value: z.number().int(), ...granted })),
});
export type PolicyView = z.infer<typeof policySchema>;

/** A name that a way of signing in knows this person by. */
export const identitySchema = z.object({
  /** `github`, `oidc:NAME` or `header`. */
  provider: z.string(),
  /** The instance: origin of GitHub's address, OpenID's issuer; "" of a header. */
  issuer: z.string(),
  /** The provider's own stable id. */
  subject: z.string(),
  login: z.string(),
  groups: z.array(z.string()),
  /** When groups were last looked up, and why that failed since, or why the identity counts for nothing. */
  refreshedAt: z.string(),
  problem: z.string().nullable(),
});
export type IdentityView = z.infer<typeof identitySchema>;

/** `GET /hub/api/hublet/people/{name}/explanation`, also for a name that nobody has yet. */
export const explanationSchema = z.object({
  name: z.string(),
  /** There is such a person. */
  exists: z.boolean(),
  enter: z.object({ allowed: z.boolean(), because: z.array(reasonSchema) }),
  /** Each way of signing in: whether this person can use it now, and why not. */
  methods: z.array(z.object({ method: z.string(), title: z.string(), usable: z.boolean(), text: z.string() })),
  /** `byHand`: an admin gave it, and can take it away; what else gives it stands in `because` too. */
  admin: z.object({ admin: z.boolean(), byHand: z.boolean(), because: z.array(reasonSchema) }),
  groups: z.array(z.object({ name: z.string(), byHand: z.boolean(), because: z.array(reasonSchema) })),
  policy: policySchema,
  identities: z.array(identitySchema),
  lockouts: z.array(z.object({ key: z.string(), text: z.string(), until: z.string().nullable() })),
});
export type Explanation = z.infer<typeof explanationSchema>;
