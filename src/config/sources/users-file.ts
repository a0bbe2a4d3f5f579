/** `jupyterhub_users.toml`: `[[users]]` with `name` and `role`. */
import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { HubError, messageOf, type UserName, userName } from "../../kernel/index.ts";
import { hint, type Problem, problemAt, suggestion } from "../diagnostics.ts";
import type { Place } from "../snapshot.ts";

export interface UsersFile {
  readonly people: readonly { readonly name: UserName; readonly admin: boolean; readonly place: Place }[];
  readonly problems: readonly Problem[];
}

const KEYS = ["name", "role"];
const ROLES = ["admin", "user"];
const record = z.record(z.string(), z.unknown());

/** @param file for places only */
export function readUsersFile(text: string, file: string): UsersFile {
  const problems: Problem[] = [];
  const people: UsersFile["people"][number][] = [];
  const places = new Places(text, file);
  const data = parseToml(text, file, problems);
  if (data === undefined) return { people, problems };
  for (const key of Object.keys(data).filter((each) => each !== "users"))
    problems.push(problemAt(places.topLevel(key), key, `unknown key${hint(key, ["users"], "known here")}`));
  const users = data.users;
  if (!Array.isArray(users)) {
    const message =
      users === undefined
        ? "nobody is named here; write [[users]] with name and role, or “users = []” for nobody"
        : "must be a list: [[users]] with name and role for each person";
    problems.push(problemAt(places.topLevel("users"), "users", message));
    return { people, problems };
  }
  const first = new Map<UserName, Place>();
  for (const [index, entry] of users.entries()) {
    const say = (key: string, message: string): void => {
      problems.push(problemAt(places.of(index, key), ["users", index, ...(key === "" ? [] : [key])], message));
    };
    const fields = record.safeParse(entry).data;
    if (fields === undefined) {
      say("", "must have name and role");
      continue;
    }
    for (const key of Object.keys(fields).filter((each) => !KEYS.includes(each)))
      say(key, `unknown key${hint(key, KEYS, "known here")}`);
    const admin = roleOf(fields.role, (message) => say("role", message));
    const name = nameOf(fields.name, (message) => say("name", message));
    if (name === undefined || admin === undefined) continue;
    const place = places.of(index, "name");
    const before = first.get(name);
    if (before !== undefined) say("name", `${name} is named already on line ${before.line}`);
    else people.push({ name, admin, place });
    first.set(name, before ?? place);
  }
  return { people, problems };
}

function parseToml(text: string, file: string, problems: Problem[]): Readonly<Record<string, unknown>> | undefined {
  try {
    return parse(text);
  } catch (error) {
    const { line, column } = error instanceof TomlError ? error : { line: 1, column: 1 };
    const reason = messageOf(error).split("\n")[0] ?? "";
    const message = reason.replace(/^Invalid TOML document: /, "");
    problems.push(problemAt({ file, line: Math.max(1, line), column: Math.max(1, column) }, "", message));
    return undefined;
  }
}

function roleOf(role: unknown, say: (message: string) => void): boolean | undefined {
  if (role === "admin" || role === "user") return role === "admin";
  if (role === undefined) say("is missing; it must be “admin” or “user”");
  else {
    const near = typeof role === "string" ? suggestion(role, ROLES) : undefined;
    say(`must be “admin” or “user”${near === undefined ? "" : `; did you mean “${near}”?`}`);
  }
  return undefined;
}

function nameOf(name: unknown, say: (message: string) => void): UserName | undefined {
  if (typeof name !== "string") {
    say(name === undefined ? "is missing" : "must be text");
    return undefined;
  }
  try {
    return userName(name);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    say(error.message);
    return undefined;
  }
}

type Keys = Map<string, Place>;

/** TOML's parser says only where a text is malformed; where an entry stands is found by its header. One pass over the text. */
class Places {
  readonly #file: string;
  readonly #anywhere: Keys = new Map();
  readonly #entries: { readonly header: Place; readonly keys: Keys }[] = [];

  constructor(text: string, file: string) {
    this.#file = file;
    for (const [index, line] of text.split("\n").entries()) {
      const match = /^(\s*\[{0,2}\s*)["']?([A-Za-z0-9_-]+)["']?\s*[=\].]/.exec(line);
      const key = match?.[2];
      if (key === undefined) continue;
      const place = this.#at(index, (match?.[1] ?? "").length);
      if (!this.#anywhere.has(key)) this.#anywhere.set(key, place);
      const keys = this.#entries.at(-1)?.keys;
      if (/^\s*\[\[\s*["']?users["']?\s*\]\]/.test(line))
        this.#entries.push({ header: this.#at(index, 0), keys: new Map() });
      else if (keys?.has(key) === false) keys.set(key, place);
    }
  }

  /** The key of one entry, or the entry. */
  of(entry: number, key: string): Place {
    const found = this.#entries[entry];
    if (found === undefined) return this.topLevel("users");
    return found.keys.get(key) ?? found.header;
  }

  topLevel(key: string): Place {
    return this.#anywhere.get(key) ?? this.#entries[0]?.header ?? this.#at(0, 0);
  }

  #at(index: number, offset: number): Place {
    return { file: this.#file, line: index + 1, column: offset + 1 };
  }
}
