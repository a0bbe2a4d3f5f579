/** One scope as text: `name`, `name!kind=value`, or `name!kind` for a self-filter (contract 4.3). */
import { HubError } from "../../kernel/index.ts";
import { closureOf } from "./hierarchy.ts";
import { FILTER_KINDS, type FilterKind } from "./scope-set.ts";

export type ParsedScope =
  | { readonly kind: "plain"; readonly name: string }
  | { readonly kind: "filtered"; readonly name: string; readonly filter: FilterKind; readonly value: string }
  /** `!user`, `!server`, `!service`: the owner, the issuing server, the issuing service. */
  | { readonly kind: "self-filtered"; readonly name: string; readonly filter: "user" | "server" | "service" }
  /** Stand for other scopes; take no filter. */
  | { readonly kind: "meta"; readonly name: "self" | "inherit" };

/** @throws HubError `bad-request` naming what is wrong with the scope */
export function parseScope(text: string): ParsedScope {
  const bang = text.indexOf("!");
  const name = bang === -1 ? text : text.slice(0, bang);
  if (text === "self" || text === "inherit") return { kind: "meta", name: text };
  if (closureOf(name) === undefined) {
    throw invalid(text, `There is no scope “${shown(name)}”`);
  }
  return bang === -1 ? { kind: "plain", name } : parseFilter(text, name, text.slice(bang + 1));
}

function parseFilter(text: string, name: string, rest: string): ParsedScope {
  const equals = rest.indexOf("=");
  const word = equals === -1 ? rest : rest.slice(0, equals);
  const filter = FILTER_KINDS.find((kind) => kind === word);
  if (filter === undefined) throw invalid(text, `“!${shown(word)}” is not a filter`);
  if (equals === -1) {
    if (filter === "group") throw invalid(text, "“!group” needs a group’s name");
    return { kind: "self-filtered", name, filter };
  }
  const value = rest.slice(equals + 1);
  if (value === "") throw invalid(text, `“!${filter}=” is empty`);
  if (filter === "server" && !/^[^/]+\/[^/]*$/.test(value)) {
    throw invalid(text, "“!server=” takes “user/server”, or “user/” for the default server");
  }
  return { kind: "filtered", name, filter, value };
}

function invalid(scope: string, reason: string): HubError {
  return new HubError("bad-request", `The scope “${shown(scope)}” cannot be used. ${reason}. Correct or remove it.`);
}

function shown(text: string): string {
  return text.slice(0, 80);
}
