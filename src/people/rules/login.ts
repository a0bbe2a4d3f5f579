/** Names at providers, as rules name them. */
import { HubError, type UserName, userName } from "../../kernel/index.ts";

/**
 * The form in which logins are compared: lower case. Undefined for one that is not in its plain Unicode form: “ａdmin” of
 * a provider that knows it from “admin” must not become the one that a rule names.
 */
export function loginKey(login: string): string | undefined {
  return login.normalize("NFKC") === login ? login.toLowerCase() : undefined;
}

/** A name that a rule lists, in the same form. */
export function listedKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** The hub's form of a name, or undefined for what cannot be one. */
export function nameOf(raw: string): UserName | undefined {
  try {
    return userName(raw);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}
