/** Many people at once: the rows of a CSV file, with groups and a way in for each. All of them, or none. */
import type { z } from "zod";
import { type importedPeopleSchema, importPeopleSchema } from "../../../contract/index.ts";
import { HubError, type UserName, userName } from "../../../kernel/index.ts";
import { acceptImported, acceptPassword, generatePassphrase } from "../../../signin/index.ts";
import type { HubServices } from "../../services.ts";
import type { ZodApp } from "../../zod-app.ts";
import { callerWith } from "../caller.ts";
import { mayFill } from "../groups.ts";
import { parse } from "../input.ts";
import { linkOf } from "./people.ts";
import { mayTouch } from "./touching.ts";

/** Ten thousand rows with groups and passwords. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A password's hash takes memory and a thread of its own: everybody else must still get in meanwhile. */
const HASHES_SIDE_BY_SIDE = 2;
/** People for whom something is written in one transaction. */
const SLICE = 200;
/** So many problems are told at once; the rest is found when these are mended. */
const PROBLEMS = 20;

type Import = z.output<typeof importPeopleSchema>;
type Imported = z.infer<typeof importedPeopleSchema>;

interface Row {
  readonly name: UserName;
  readonly admin: boolean;
  readonly groups: readonly string[];
  readonly password: string | undefined;
  readonly passwordHash: string | undefined;
}

export function importApi(app: ZodApp, services: HubServices, api: string): void {
  app.post(`${api}/hublet/people/import`, { bodyLimit: MAX_BYTES }, async (request, reply) => {
    const identity = callerWith(request, ["admin:users"]);
    const { rows: raw, give } = parse(importPeopleSchema, request.body);
    const rows = checked(services, raw);
    if (rows.some(({ admin }) => admin) && !identity.user.admin)
      throw new HubError("forbidden", "Only admins can make new admins.");
    // Memberships may carry rights: whoever gives them must be allowed to.
    if (rows.some(({ groups }) => groups.length > 0)) callerWith(request, ["admin:groups"]);
    for (const group of new Set(rows.flatMap(({ groups }) => groups))) mayFill(services, identity, group);
    if (
      !services.config().signIn.passwords &&
      (give !== "nothing" || rows.some(({ password, passwordHash }) => (password ?? passwordHash) !== undefined))
    )
      throw new HubError(
        "forbidden",
        "Nobody was added: own passwords are off on this hub (signIn.passwords). Import people without passwords and links.",
      );
    // A password of one's own choice is a way in: the file's may become that of who is here and has none.
    for (const { name, passwordHash } of rows) {
      const person = passwordHash === undefined ? undefined : await services.people.find(name);
      if (person !== undefined) mayTouch(identity, person);
    }
    const imported = await takeIn(services, rows, give);
    services.log.info({ by: identity.user.name, people: imported.added.length, give }, "people imported");
    return reply.code(201).send(imported);
  });
}

/** @throws HubError `bad-request` with what is wrong in which rows, counted from 1 */
function checked(services: HubServices, raw: Import["rows"]): Row[] {
  const minimum = services.config().signIn.minimumPasswordLength;
  const problems: string[] = [];
  const seen = new Map<UserName, number>();
  const rows = raw.flatMap((row, index): Row[] => {
    try {
      const name = userName(row.name.trim());
      const before = seen.get(name);
      if (before !== undefined) throw new HubError("bad-request", `“${name}” is in row ${before} already.`);
      seen.set(name, index + 1);
      const password = row.password === "" ? undefined : row.password;
      if (password !== undefined) acceptPassword(password, { name, minimum });
      if (row.passwordHash !== undefined) acceptImported(row.passwordHash);
      const groups = [...new Set(row.groups ?? [])].map(groupName);
      return [{ name, admin: row.admin ?? false, groups, password, passwordHash: row.passwordHash }];
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      problems.push(`Row ${index + 1}: ${error.message}`);
      return [];
    }
  });
  if (problems.length === 0) return rows;
  const more = problems.length > PROBLEMS ? [`… and ${problems.length - PROBLEMS} more.`] : [];
  throw new HubError("bad-request", ["Nobody was added.", ...problems.slice(0, PROBLEMS), ...more].join("\n"));
}

/** As the configuration wants groups' names. @throws HubError `name-invalid` */
function groupName(raw: string): string {
  const name = raw.trim();
  if (/^[^/!=,\p{C}]{1,64}$/u.test(name)) return name;
  throw new HubError(
    "name-invalid",
    `“${raw.slice(0, 80)}” cannot be a group's name: it must be 1 to 64 characters without “/”, “!”, “=” and “,”.`,
  );
}

/** People who are there already stay as they are, with their groups and passwords. */
async function takeIn(services: HubServices, rows: readonly Row[], give: Import["give"]): Promise<Imported> {
  const { people, servers, signIn } = services;
  const names = (wanted: readonly Row[]) => wanted.map(({ name }) => name);
  const plain = await people.add(names(rows.filter(({ admin }) => !admin)));
  const admins = await people.add(names(rows.filter(({ admin }) => admin)), { admin: true });
  const known = [...plain.existing, ...admins.existing];
  const taken = await takeOver(services, rows, known);
  const existing = known.filter((name) => !taken.has(name));
  const fresh = new Set([...plain.added, ...admins.added].map(({ name }) => name));
  const newRows = rows.filter(({ name }) => fresh.has(name));
  await joinGroups(services, newRows);

  const byName = new Map<string, Imported["added"][number]>(
    newRows.map(({ name }) => [name, { name, url: null, passphrase: null, expiresAt: null }]),
  );
  await setPasswords(services, newRows, give, (name, passphrase) =>
    Object.assign(byName.get(name) ?? {}, { passphrase }),
  );
  if (give === "links")
    for (const some of inSlices(
      names(newRows.filter(({ password, passwordHash }) => (password ?? passwordHash) === undefined)),
    ))
      for (const claim of await unhurried(signIn.issueClaims(some))) {
        const { name, url, expiresAt } = linkOf(services, claim);
        Object.assign(byName.get(name) ?? {}, { url, expiresAt });
      }
  const keptFiles: string[] = [];
  for (const some of inSlices(names(rows))) keptFiles.push(...(await unhurried(servers.withFilesOfOthers(some))));
  return { added: [...byName.values()], takenOver: [...taken], existing, keptFiles };
}

/** Those of the file, and pass phrases for the others when they are to have some. */
async function setPasswords(
  { signIn, config }: HubServices,
  rows: readonly Row[],
  give: Import["give"],
  tell: (name: UserName, passphrase: string) => void,
): Promise<void> {
  const minimum = config().signIn.minimumPasswordLength;
  await importHashes(signIn, rows);
  const left = rows
    .filter(({ passwordHash }) => passwordHash === undefined)
    .filter(({ password }) => password !== undefined || give === "passphrases")
    .values();
  const worker = async (): Promise<void> => {
    for (const { name, password } of left) {
      const passphrase = password ?? generatePassphrase(minimum);
      await signIn.setPassword(name, passphrase);
      if (password === undefined) tell(name, passphrase);
    }
  };
  await Promise.all(Array.from({ length: HASHES_SIDE_BY_SIDE }, worker));
}

/** The configuration may have made people of another hub already: who has no password here gets theirs of there. */
async function takeOver(services: HubServices, rows: readonly Row[], known: readonly string[]): Promise<Set<string>> {
  const { people, signIn } = services;
  const without = new Set<string>();
  for (const name of known) if ((await people.find(name))?.hasPassword === false) without.add(name);
  const taken = rows.filter(({ name, passwordHash }) => passwordHash !== undefined && without.has(name));
  await importHashes(signIn, taken);
  return new Set(taken.map(({ name }) => name));
}

async function importHashes(signIn: HubServices["signIn"], rows: readonly Row[]): Promise<void> {
  for (const { name, passwordHash } of rows)
    if (passwordHash !== undefined) await unhurried(signIn.importPassword(name, passwordHash));
}

/** Groups that do not exist are made. */
async function joinGroups({ people }: HubServices, rows: readonly Row[]): Promise<void> {
  const members = new Map<string, UserName[]>();
  for (const { name, groups } of rows)
    for (const group of groups) {
      const so = members.get(group) ?? [];
      so.push(name);
      members.set(group, so);
    }
  for (const [group, names] of members) {
    if (people.groups.find(group) === undefined) await people.groups.create(group);
    await people.groups.addMembers(group, names);
  }
}

function* inSlices<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += SLICE) yield items.slice(start, start + SLICE);
}

/** Lets the hub answer others before it goes on. */
async function unhurried<T>(work: Promise<T>): Promise<T> {
  const done = await work;
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}
