/** Everybody whom the configuration names: lists, users file, accounts of the host. */
import { dirname, join, resolve } from "node:path";
import { type UserName, userName } from "../../kernel/index.ts";
import type { Checks } from "../check/context.ts";
import type { Problem } from "../diagnostics.ts";
import type { DeclaredPerson, Place } from "../snapshot.ts";
import { type HostAccount, hostAccountFinder, peopleOfPasswd } from "../sources/host-accounts.ts";
import type { FileReader } from "../sources/reader.ts";
import { readUsersFile } from "../sources/users-file.ts";
import { decode } from "../sources/utf8.ts";

/** The accounts of a host with a large directory of people. */
const MAX_PASSWD_BYTES = 16 * 1024 * 1024;

export interface PeopleSources {
  readonly reader: FileReader;
  /** The passwd file. */
  readonly accounts: string;
  readonly placeOf: (path: readonly (string | number)[]) => Place | undefined;
  /** The main configuration file. */
  readonly file: string;
}

export interface Declared {
  readonly people: ReadonlyMap<UserName, DeclaredPerson>;
  /** The account of a person on this host; undefined when there is none, or people have none. */
  readonly accountOf: (name: UserName) => HostAccount | undefined;
  readonly problems: readonly Problem[];
}

export function declaredPeople(checks: Checks, sources: PeopleSources): Declared {
  const people = new Map<UserName, DeclaredPerson>();
  const declare = (person: DeclaredPerson): void => {
    const before = people.get(person.name);
    // Who is named twice is an admin if either says so.
    if (before === undefined || (person.admin && !before.admin)) people.set(person.name, person);
  };
  for (const [key, admin] of [
    ["admins", true],
    ["names", false],
  ] as const)
    for (const [index, raw] of checks.config.people[key].entries()) {
      const path = ["people", key, index];
      const name = checks.accept(path, () => userName(raw));
      if (name !== undefined) declare({ name, admin, source: `people.${key}`, place: sources.placeOf(path) });
    }
  const problems: Problem[] = [];
  for (const person of fromUsersFile(checks, sources, problems)) declare(person);
  const accounts = readAccounts(checks, sources);
  for (const person of fromAccounts(accounts, sources)) declare(person);
  return { people, problems, accountOf: accountsByName(accounts) };
}

function fromUsersFile(checks: Checks, sources: PeopleSources, problems: Problem[]): readonly DeclaredPerson[] {
  const { usersFile } = checks.config.people;
  if (usersFile === undefined) return [];
  const path = ["people", "usersFile"];
  const file = resolve(dirname(sources.placeOf(path)?.file ?? sources.file), usersFile);
  const result = sources.reader.read(file, { keep: true });
  if (!("bytes" in result)) {
    checks.problem(path, `${file} ${result.why}`);
    return [];
  }
  const decoded = decode(result.bytes, file);
  if ("problem" in decoded) {
    problems.push(decoded.problem);
    return [];
  }
  const users = readUsersFile(decoded.text, file);
  problems.push(...users.problems);
  return users.people.map((person) => ({ ...person, source: "people.usersFile" }));
}

interface Accounts {
  readonly prefix: string;
  readonly passwd: string;
  readonly group: string;
}

function readAccounts(checks: Checks, { accounts: file, reader }: PeopleSources): Accounts | undefined {
  const { hostAccounts } = checks.config.people;
  if (hostAccounts === undefined) return undefined;
  const passwd = reader.read(file, { limit: MAX_PASSWD_BYTES });
  if (!("bytes" in passwd)) {
    checks.problem(["people", "hostAccounts"], `${file} ${passwd.why}`);
    return undefined;
  }
  // It is the host's and not the configuration's; without it, nobody is in a group beside their own.
  const group = reader.read(join(dirname(file), "group"), { limit: MAX_PASSWD_BYTES, own: true });
  return {
    prefix: hostAccounts.prefix,
    passwd: passwd.bytes.toString("utf8"),
    group: "bytes" in group ? group.bytes.toString("utf8") : "",
  };
}

function fromAccounts(accounts: Accounts | undefined, sources: PeopleSources): readonly DeclaredPerson[] {
  if (accounts === undefined) return [];
  return peopleOfPasswd(accounts.passwd, accounts.prefix).map(({ name, line }) => ({
    name,
    admin: false,
    source: "people.hostAccounts",
    place: { file: sources.accounts, line, column: 1 },
  }));
}

function accountsByName(read: Accounts | undefined): Declared["accountOf"] {
  return read === undefined ? () => undefined : hostAccountFinder(read.passwd, read.group, read.prefix);
}
