/** The two things that the vault asks of age (https://age-encryption.org/v1): keys of people, and one small text wrapped for them. */
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { HubError, Secret } from "../../kernel/index.ts";

/** A private key and the public one that others name. */
export interface VaultIdentity {
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: Secret;
  /** `age1…` */
  readonly recipient: string;
}

/** A new key pair for a person or a host. */
export async function newIdentity(): Promise<VaultIdentity> {
  const identity = await generateX25519Identity();
  return { identity: new Secret(identity), recipient: await identityToRecipient(identity) };
}

/** The public key of a private one; undefined when it is none. */
export async function recipientOf(identity: Secret): Promise<string | undefined> {
  try {
    return await identityToRecipient(identity.reveal());
  } catch {
    return undefined; // the library's error may hold a part of the key
  }
}

/** Whether something can be encrypted for this public key. */
export function isRecipient(text: string): boolean {
  try {
    new Encrypter().addRecipient(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A short text for all of these, armored.
 * @throws HubError `vault-unusable` for no recipient at all, or one that is none
 */
export async function wrap(text: Secret, recipients: Iterable<string>): Promise<string> {
  const encrypter = new Encrypter();
  let count = 0;
  for (const recipient of recipients) {
    if (!isRecipient(recipient)) throw new HubError("vault-unusable", `“${recipient.slice(0, 80)}” is no public key.`);
    encrypter.addRecipient(recipient);
    count++;
  }
  if (count === 0) throw new HubError("vault-unusable", "A vault needs somebody who can open it.");
  return armor.encode(await encrypter.encrypt(text.reveal()));
}

/** What `wrap` made: the text, or why there is none: `foreign` when it is for other keys, `damaged` otherwise. */
export async function unwrap(armored: string, identities: readonly Secret[]): Promise<Secret | "foreign" | "damaged"> {
  let bytes: Uint8Array;
  try {
    bytes = armor.decode(armored);
  } catch {
    return "damaged";
  }
  let damaged = false;
  // One at a time: with all at once, a key that is damaged would hide one that fits.
  for (const identity of identities) {
    if ((await recipientOf(identity)) === undefined) continue;
    try {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity.reveal());
      return new Secret(await decrypter.decrypt(bytes, "text"));
    } catch (error) {
      damaged ||= !(error instanceof Error && error.message.startsWith("no identity matched"));
    }
  }
  return damaged ? "damaged" : "foreign";
}
