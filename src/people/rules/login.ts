/** Names at providers, as rules name them. */

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
