/**
 * The keys of a repository. One master key of 32 random bytes, kept in `key.json` encrypted by age for everybody who may read the
 * backup; from it (RFC 5869): the key of chunk ids, the key of encryption, and the table by which streams are cut.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { armor, Decrypter, Encrypter } from "age-encryption";
import { z } from "zod";
import { HubError, messageOf, type Secret } from "../../../kernel/index.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What sealing adds. */
export const SEAL_BYTES = IV_BYTES + TAG_BYTES;

export interface RepositoryKeys {
  /** Names a chunk by its content: HMAC-SHA-256 under the repository's key, base64url. */
  chunkId(plain: Buffer): string;
  /** AES-256-GCM, bound to what it is for. */
  seal(purpose: string, plain: Buffer): Buffer;
  /** Undefined when it was changed, or was sealed for another purpose or by another key. */
  open(purpose: string, sealed: Buffer): Buffer | undefined;
  readonly gear: Int32Array;
}

export function repositoryKeys(master: Buffer): RepositoryKeys {
  const derive = (name: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", master, "", `hublet-backup-${name}`, bytes));
  const ids = derive("chunk-ids", 32);
  const cipherKey = derive("encryption", 32);
  const table = derive("gear", 1024);
  return {
    gear: Int32Array.from({ length: 256 }, (_, n) => table.readInt32LE(n * 4)),
    chunkId: (plain) => createHmac("sha256", ids).update(plain).digest("base64url"),
    seal(purpose, plain) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", cipherKey, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(purpose));
      return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(purpose, sealed) {
      if (sealed.length < SEAL_BYTES) return undefined;
      try {
        const iv = sealed.subarray(0, IV_BYTES);
        const decipher = createDecipheriv("aes-256-gcm", cipherKey, iv, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(purpose));
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined; // changed, another key, or another purpose: all the same to the caller
      }
    },
  };
}

const keyFile = z.object({
  format: z.literal(1),
  id: z.string(),
  recipients: z.array(z.string()),
  key: z.string(),
});
const keyContent = z.object({ master: z.string() });
export type KeyFile = z.infer<typeof keyFile>;

/** @throws HubError `backup-unusable` */
export function parseKeyFile(content: Buffer, where: string): KeyFile {
  try {
    return keyFile.parse(JSON.parse(content.toString("utf8")));
  } catch (error) {
    throw new HubError(
      "backup-unusable",
      `key.json of the backup ${where} cannot be read: ${messageOf(error)}. It may be damaged, or of a newer Hublet.`,
      { cause: error },
    );
  }
}

/** @param recipients `age1…`; at least one */
export async function wrapKey(id: string, master: Buffer, recipients: readonly string[]): Promise<Buffer> {
  if (recipients.length === 0) {
    throw new HubError(
      "usage",
      "A backup is encrypted for somebody, and nobody is named. Set up the vault (“hublet secrets init”), or give --recipient age1….",
    );
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new HubError("usage", `“${recipient}” is no age public key: ${messageOf(error)}. They begin with “age1”.`);
    }
  }
  const sealed = await encrypter.encrypt(JSON.stringify({ master: master.toString("base64") }));
  const file: KeyFile = { format: 1, id, recipients: [...recipients].sort(), key: armor.encode(sealed) };
  return Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`);
}

/** @throws HubError `backup-unusable` naming for whom it is */
export async function unwrapKey(file: KeyFile, identities: readonly Secret[], where: string): Promise<Buffer> {
  const decrypter = new Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity.reveal());
    if (identities.length === 0) throw new Error("no key was given");
    const text = await decrypter.decrypt(armor.decode(file.key), "text");
    return Buffer.from(keyContent.parse(JSON.parse(text)).master, "base64");
  } catch (error) {
    throw new HubError(
      "backup-unusable",
      `The backup ${where} cannot be opened with the keys that are here (${messageOf(error)}). It is encrypted for: ${file.recipients.join(", ")}. Give one of their private keys with --identity FILE.`,
      { cause: error },
    );
  }
}
