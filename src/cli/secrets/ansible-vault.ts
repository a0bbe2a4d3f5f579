/** Reads what ansible-vault encrypts, forms 1.1 and 1.2: whole files, and single values in a YAML file. */
import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { isMap, isScalar, isSeq, type Node, parseDocument, type ScalarTag } from "yaml";
import { HubError, Secret } from "../../kernel/index.ts";

const FIRST_LINE = /^\$ANSIBLE_VAULT;(1\.[12]);(\w+)(;[^\n]*)?$/;
/** As Ansible has it, whatever the file says. */
const ITERATIONS = 10_000;
const MAX_DEPTH = 20;

/** A value by its name; what lies deeper has the names above it before, with dots. */
export type Variables = ReadonlyMap<string, Secret>;

export function isEncryptedFile(text: string): boolean {
  return text.startsWith("$ANSIBLE_VAULT;");
}

/**
 * Decrypts one vault text.
 * @throws HubError `bad-request`: no such text, another cipher, damaged, or the wrong password (these two cannot be told apart)
 */
export function decryptAnsible(text: string, password: Secret): Secret {
  const [first = "", ...rest] = text.trim().split(/\r?\n/);
  const header = FIRST_LINE.exec(first.trim());
  if (header === null) throw new HubError("bad-request", "This is no text of ansible-vault 1.1 or 1.2.");
  if (header[2] !== "AES256") throw new HubError("bad-request", "ansible-vault is read with the cipher AES256 alone.");
  const inner = fromHex(rest.map((line) => line.trim()).join(""))?.toString("latin1");
  const [salt, hmac, body, ...more] = (inner ?? "").split("\n").map(fromHex);
  if (salt === undefined || hmac === undefined || body === undefined || more.length > 0 || body.length === 0)
    throw damaged();
  const keys = pbkdf2Sync(password.reveal(), salt, ITERATIONS, 80, "sha256");
  const proof = createHmac("sha256", keys.subarray(32, 64)).update(body).digest();
  if (hmac.length !== proof.length || !timingSafeEqual(hmac, proof)) throw damaged();
  const decipher = createDecipheriv("aes-256-ctr", keys.subarray(0, 32), keys.subarray(64, 80));
  const padded = Buffer.concat([decipher.update(body), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > 16 || padding > padded.length) throw damaged();
  return new Secret(padded.subarray(0, -padding).toString("utf8"));
}

function damaged(): HubError {
  return new HubError("bad-request", "The password is wrong, or what ansible-vault encrypted was damaged.");
}

function fromHex(text: string): Buffer | undefined {
  return text !== "" && text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text) ? Buffer.from(text, "hex") : undefined;
}

/**
 * The variables of a file of Ansible: encrypted as a whole, or with `!vault` values in it. A file that is no YAML is one
 * value.
 * @param name what a value that is the whole file is called
 * @throws HubError `bad-request` as `decryptAnsible`; no message holds a part of a value
 */
export function ansibleVariables(text: string, password: Secret, name: string): Variables {
  const found = new Map<string, Secret>();
  const whole = isEncryptedFile(text);
  const plain = whole ? decryptAnsible(text, password).reveal() : text;
  const document = parseDocument(plain, {
    customTags: VAULT_TAGS,
    prettyErrors: false,
    logLevel: "silent",
    uniqueKeys: false,
  });
  if (document.errors.length > 0 || !isMap(document.contents)) {
    if (!whole)
      throw new HubError("bad-request", "This is neither encrypted with ansible-vault nor a YAML file with variables.");
    return new Map([[name, new Secret(plain)]]);
  }
  visit(document.contents, [], 0);
  return found;

  function visit(node: Node | null, path: readonly string[], depth: number): void {
    if (depth > MAX_DEPTH) return;
    if (isMap(node)) {
      for (const { key, value } of node.items)
        if (isScalar(key)) visit(value as Node | null, [...path, String(key.source ?? key.value)], depth + 1);
    } else if (isSeq(node))
      for (const [index, item] of node.items.entries()) visit(item as Node, [...path, String(index)], depth + 1);
    else if (isScalar(node) && node.value !== null) {
      const encrypted = node.tag === "!vault" || node.tag === "!vault-encrypted";
      const value = encrypted
        ? decryptAnsible(String(node.value), password)
        : new Secret(String(node.source ?? node.value));
      // A template is put together by Ansible, from what is elsewhere.
      if (value.reveal() !== "" && !/\{[{%]/.test(value.reveal())) found.set(path.join("."), value);
    }
  }
}

const VAULT_TAGS: ScalarTag[] = ["!vault", "!vault-encrypted"].map((tag) => ({ tag, resolve: (text: string) => text }));
