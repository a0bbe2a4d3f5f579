/** Tokens that a provider gave us for a person, sealed before they are stored. */
import { z } from "zod";
import type { Sealer } from "../../kernel/index.ts";

const credentialSchema = z.object({
  access: z.string(),
  refresh: z.string().optional(),
  /** When the access token ends (milliseconds since the epoch); undefined: not known, or never. */
  expiresAt: z.number().optional(),
  /** OpenID: the ID token named the groups, so that an access token alone may not be able to. */
  groupsInIdToken: z.boolean().optional(),
  /** OpenID: the verified address, which may have been in the ID token alone. */
  email: z.string().optional(),
});
export type Credential = z.infer<typeof credentialSchema>;

/** Whose credential it is, and who may see it: a changed address must never be sent the tokens of another. */
export interface Holder {
  readonly provider: string;
  /** Address that issued it. */
  readonly issuer: string;
  readonly subject: string;
}

export function sealCredential(sealer: Sealer, holder: Holder, credential: Credential): string {
  return sealer.seal(purposeOf(holder), JSON.stringify(credential));
}

/** Undefined when there is none, or it belongs to another holder. */
export function openCredential(sealer: Sealer, holder: Holder, sealed: string | null): Credential | undefined {
  const plain = sealed === null ? undefined : sealer.open(purposeOf(holder), sealed);
  return plain === undefined ? undefined : credentialSchema.parse(JSON.parse(plain.reveal()));
}

function purposeOf({ provider, issuer, subject }: Holder): string {
  return JSON.stringify(["credential", provider, issuer, subject]);
}
