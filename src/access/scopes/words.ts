/** Scopes in plain English, for the page that asks a person to confirm. */
import type { UserName } from "../../kernel/index.ts";
import { type ParsedScope, parseScope } from "./grammar.ts";
import { closureOf, meaningOf } from "./hierarchy.ts";
import { SELF_SCOPES } from "./roles.ts";

/** Scopes about people and what is theirs: without a filter they reach everybody. */
const PERSONAL: ReadonlySet<string> = new Set(SELF_SCOPES.flatMap((name) => closureOf(name) ?? []));

/** One sentence without a full stop, as `viewer` should read it. @throws HubError `bad-request` for an unknown scope */
export function wordsOf(text: string, viewer: UserName): string {
  const scope = parseScope(text);
  if (scope.kind === "meta") {
    return scope.name === "self"
      ? "Do everything with your own account and servers"
      : "Do everything that you may do on this hub";
  }
  return `${meaningOf(scope.name) ?? scope.name}${limitOf(scope, viewer)}`;
}

function limitOf(scope: ParsedScope, viewer: UserName): string {
  switch (scope.kind) {
    case "meta":
      return "";
    case "plain":
      return PERSONAL.has(scope.name) ? " — of everybody" : "";
    case "self-filtered":
      return scope.filter === "user" ? " — only your own" : ` — only of this ${scope.filter}`;
    case "filtered":
      if (scope.filter === "user") return scope.value === viewer ? " — only your own" : ` — only of ${scope.value}`;
      if (scope.filter === "server") return ` — only ${serverWords(scope.value, viewer)}`;
      return ` — only of the ${scope.filter} ${scope.value}`;
  }
}

function serverWords(value: string, viewer: UserName): string {
  const slash = value.indexOf("/");
  const user = value.slice(0, slash);
  const server = value.slice(slash + 1);
  const whose = user === viewer ? "your" : `${user}’s`;
  return server === "" ? `${whose} server` : `${whose} server “${server}”`;
}
