/** What somebody hands in as a certificate: files, archives of files, archives in archives; all in memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { HubError, messageOf, systemCode } from "../../kernel/index.ts";
import { type AskPassword, Budget, type Entry, LIMITS, unusable } from "./entry.ts";
import { isTar, tarMembers } from "./tar.ts";
import { isZip, zipMembers } from "./zip.ts";

/**
 * Reads files and unfolds what is an archive.
 * @throws HubError `certificate-unusable`, `not-found`
 */
export async function readEntries(paths: readonly string[], ask: AskPassword): Promise<Entry[]> {
  const budget = new Budget();
  const entries: Entry[] = [];
  for (const path of paths) entries.push(...(await unfold({ name: path, bytes: readGiven(path) }, budget, ask, 0)));
  return entries;
}

async function unfold(entry: Entry, budget: Budget, ask: AskPassword, depth: number): Promise<Entry[]> {
  const { name, bytes } = entry;
  const members = await membersOf(entry, budget, ask);
  if (members === undefined) return [entry];
  if (depth >= LIMITS.depth) throw unusable(`${name} is an archive in too many archives. Unpack the outer ones first.`);
  const found: Entry[] = [];
  for (const member of members) {
    // A program's own notes about a file (macOS) are none of the files.
    if (/(^|\/)(\._|__MACOSX\/)/.test(member.name)) continue;
    const named = member.name === "" ? name : `${name}: ${member.name}`;
    if (member.bytes !== bytes)
      found.push(...(await unfold({ name: named, bytes: member.bytes }, budget, ask, depth + 1)));
  }
  return found;
}

/** Undefined for a file that is no archive. What it is, its content says; names are anybody's choice. */
async function membersOf({ name, bytes }: Entry, budget: Budget, ask: AskPassword): Promise<Entry[] | undefined> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [{ name: "", bytes: gunzipped(name, bytes, budget) }];
  if (isZip(bytes)) return zipMembers(name, bytes, budget);
  if (isTar(bytes)) return tarMembers(name, bytes, budget);
  if (isPkcs12(bytes)) {
    const { openPkcs12 } = await import("./pkcs12.ts"); // a large library, for few imports
    return openPkcs12(name, bytes, ask);
  }
  return undefined;
}

/** A DER or BER sequence that begins with the version 3. */
function isPkcs12(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false;
  const length = bytes[1] ?? 0;
  const at = length > 0x80 ? 2 + (length & 0x7f) : 2;
  return bytes[at] === 0x02 && bytes[at + 1] === 0x01 && bytes[at + 2] === 0x03;
}

function gunzipped(name: string, bytes: Buffer, budget: Budget): Buffer {
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: Math.max(1, budget.bytes) });
    budget.take(name, unpacked.length);
    return unpacked;
  } catch (error) {
    if (systemCode(error) === "ERR_BUFFER_TOO_LARGE") budget.take(name, budget.bytes + 1);
    if (error instanceof HubError) throw error;
    throw unusable(`${name} is damaged: it begins like a gzip file, but cannot be unpacked. Fetch it again.`, error);
  }
}

function readGiven(path: string): Buffer {
  let descriptor: number;
  try {
    // A named pipe must not hold us up.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw new HubError("not-found", `There is no file ${path}.`);
    throw unusable(`${path} cannot be read: ${messageOf(error)}.`, error);
  }
  try {
    const about = fstatSync(descriptor);
    if (!about.isFile()) throw unusable(`${path} is not a file. Name the archive, or the certificate and its key.`);
    if (about.size > LIMITS.bytes)
      throw unusable(`${path} is larger than ${LIMITS.bytes / 1024 / 1024} MiB, and no certificate is so large.`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
