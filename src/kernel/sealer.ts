/** Small secrets at rest: AES-256-GCM, bound to their purpose. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Secret } from "./secret.ts";

/** Form of the sealed text; a later form gets another number. */
const VERSION = "s1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  /** @param purpose binds the text to its use: what was sealed for one cannot be opened for another */
  seal(purpose: string, plain: string): string;
  /** Undefined when it was not sealed by this key for this purpose. */
  open(purpose: string, sealed: string): Secret | undefined;
}

/** @param key any secret of enough entropy; the cipher's key is derived from it (RFC 5869) */
export function createSealer(key: Secret): Sealer {
  const derived = Buffer.from(hkdfSync("sha256", key.reveal(), "", "hublet-sealer", 32));
  return {
    seal(purpose, plain) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", derived, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(purpose));
      const body = Buffer.concat([iv, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${body.toString("base64url")}`;
    },
    open(purpose, sealed) {
      const [version, text = ""] = sealed.split(".");
      const body = Buffer.from(text, "base64url");
      if (version !== VERSION || body.length < IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv("aes-256-gcm", derived, body.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(purpose));
        decipher.setAuthTag(body.subarray(-TAG_BYTES));
        const plain = Buffer.concat([decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
        return new Secret(plain.toString("utf8"));
      } catch {
        return undefined; // tampered with, another key, or another purpose: all the same to the caller
      }
    },
  };
}
