/** Scopes in plain English, for the page that asks a person to confirm. */
import type { UserName } from "../../kernel/index.ts";
import { type ParsedScope, parseScope } from "./grammar.ts";
import { meaningOf } from "./hierarchy.ts";

/** How the words of a scope name those whom it reaches. */
interface Reached {
  readonly people: string;
  readonly whose: string;
  readonly servers: string;
  /** For scopes whose words name nobody. */
  readonly only: string;
}

/** One sentence without a full stop, as `viewer` should read it. @throws HubError `bad-request` for an unknown scope */
export function wordsOf(text: string, viewer: UserName): string {
  const scope = parseScope(text);
  if (scope.kind === "meta") {
    return scope.name === "self" ? "Do everything with your account and servers" : "Do everything that you may do here";
  }
  const words = meaningOf(scope.name) ?? scope.name;
  const { people, whose, servers, only } = reachedBy(scope, viewer);
  const filled = words.replace("{people}", people).replace("{whose}", whose).replace("{servers}", servers);
  return filled === words && only !== "" ? `${words} (${only})` : filled;
}

function reachedBy(scope: ParsedScope, viewer: UserName): Reached {
  const kind = scope.kind === "filtered" || scope.kind === "self-filtered" ? scope.filter : undefined;
  const value = scope.kind === "filtered" ? scope.value : undefined;
  if (kind === undefined) {
    return { people: "everybody", whose: "everybody’s", servers: "everybody’s servers", only: "" };
  }
  if (kind === "user") return ofPerson(value ?? viewer, viewer);
  if (kind === "server" && value !== undefined) return ofServer(value, viewer);
  const which = value === undefined ? `this ${kind}` : `the ${kind} ${value}`;
  return { people: `people of ${which}`, whose: `${which}’s`, servers: `servers of ${which}`, only: `only ${which}` };
}

function ofPerson(name: string, viewer: UserName): Reached {
  const whose = name === viewer ? "your" : `${name}’s`;
  const people = name === viewer ? "you" : name;
  return { people, whose, servers: `${whose} servers`, only: `only for ${people}` };
}

function ofServer(fullName: string, viewer: UserName): Reached {
  const slash = fullName.indexOf("/");
  const owner = ofPerson(fullName.slice(0, slash), viewer);
  const name = fullName.slice(slash + 1);
  const servers = name === "" ? `${owner.whose} server` : `${owner.whose} server “${name}”`;
  return { ...owner, servers, only: `only for ${servers}` };
}
