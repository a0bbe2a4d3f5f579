/** Names and how the field escapes them: JupyterHub's URL forms, OAuth client ids and container names. */
import { createHash } from "node:crypto";
import { HubError } from "./errors.ts";

declare const brand: unique symbol;
/** A normalised (lower-case, NFC) name of a person. */
export type UserName = string & { readonly [brand]: "UserName" };
/** The name of one of a person's servers; `""` is the default server. */
export type ServerName = string & { readonly [brand]: "ServerName" };

/** Alphabets with letters that look alike: one name has letters of one of them (UTS 39, whole of its common cases). */
const ALIKE = ["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee"].map(
  (script) => new RegExp(`\\p{Script=${script}}`, "u"),
);

export const DEFAULT_SERVER = "" as ServerName;

/**
 * Normalises and checks a user name (JupyterHub contract 1.7: lower case at sign-in and creation).
 * @throws HubError `name-invalid` when empty, over 64 characters, with `/`, what cannot be seen, outer spaces,
 *   or letters of several alphabets that look alike (“аdmin” with a Cyrillic а).
 */
export function userName(raw: string): UserName {
  // Again after lower case, which can take a name out of its normal form.
  const name = raw.normalize("NFKC").toLowerCase().normalize("NFKC");
  const bad =
    name === ""
      ? "it is empty"
      : name !== name.trim()
        ? "it begins or ends with a space"
        : name.includes("/")
          ? "it contains “/”"
          : name.length > 64
            ? "it is longer than 64 characters"
            : /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u.test(name)
              ? "it contains an invisible character"
              : name === "." || name === ".."
                ? "it is a folder's name"
                : ALIKE.filter((script) => script.test(name)).length > 1
                  ? "it has letters of several alphabets, which look alike"
                  : undefined;
  if (bad !== undefined) {
    throw new HubError("name-invalid", `“${raw.slice(0, 80)}” cannot be a user name: ${bad}. Choose another name.`);
  }
  return name as UserName;
}

/** The normalised name, or undefined for what cannot be a name: nobody is called so. */
export function possibleName(raw: string): UserName | undefined {
  try {
    return userName(raw);
  } catch (error) {
    if (error instanceof HubError) return undefined;
    throw error;
  }
}

/**
 * Checks a server name (JupyterHub 6 rules: `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, at most 30 characters; `""` is the default).
 * @throws HubError `name-invalid`
 */
export function serverName(raw: string): ServerName {
  if (raw !== "" && (raw.length > 30 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(raw))) {
    throw new HubError(
      "name-invalid",
      `“${raw.slice(0, 80)}” cannot be a server name: use 1 to 30 of a–z, 0–9 and single “-”, beginning with a letter.`,
    );
  }
  return raw as ServerName;
}

/** `P(x)` of the contract (1.6): percent-encodes everything but letters, digits, `_ . - ~` and `@`. */
export function urlName(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, percent)
    .replaceAll("%40", "@");
}

/** `Q(x)` of the contract (1.6), used in OAuth client ids: like `P` but `@` is encoded and `/` is kept. */
export function clientIdName(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()*]/g, percent)
    .replaceAll("%2F", "/");
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** A server's URL prefix: `/user/P(user)/` or `/user/P(user)/P(server)/` below `base` (begins and ends with `/`). */
export function serverPrefix(base: string, user: UserName, server: ServerName): string {
  return `${base}user/${urlName(user)}/${server === "" ? "" : `${urlName(server)}/`}`;
}

/** The OAuth client id of a server (contract 2.1). */
export function serverClientId(user: UserName, server: ServerName): string {
  return `jupyterhub-user-${clientIdName(user)}${server === "" ? "" : `-${clientIdName(server)}`}`;
}

/** `user/server`, the form used in scopes (`!server=…`) and as a key; the default server has a trailing slash. */
export function fullServerName(user: UserName, server: ServerName): string {
  return `${user}/${server}`;
}

/** DockerSpawner's escaping: lower case letters and digits stay, every other byte becomes `-xx`. */
export function escapeName(name: string): string {
  let out = "";
  for (const byte of Buffer.from(name, "utf8")) {
    const character = String.fromCharCode(byte);
    out += /[a-z0-9]/.test(character) ? character : `-${byte.toString(16).padStart(2, "0")}`;
  }
  return out;
}

/**
 * Container name: `jupyter-{user}` or `jupyter-{user}--{server}`, escaped (field convention).
 * A name that would pass 200 characters is cut and ends in a hash, since engines refuse names over 255 bytes.
 */
export function containerName(user: UserName, server: ServerName): string {
  return shorten(`jupyter-${escapeName(user)}${server === "" ? "" : `--${escapeName(server)}`}`);
}

/** Whether a registry stands before the first slash of an image's name: only what cannot be a folder of Docker Hub. */
export function namesRegistry(image: string): boolean {
  const slash = image.indexOf("/");
  const first = slash === -1 ? "" : image.slice(0, slash);
  return /[.:[A-Z]/.test(first) || first === "localhost";
}

/** Name of a container in which an image is tried out before its release. @param random 12 hex digits */
export function trialName(random: string): string {
  return `hublet-trial-${random}`;
}

/** Volume name: `jupyterhub-user-{user}`, escaped; named servers share their person's volume. */
export function volumeName(user: UserName): string {
  return shorten(`jupyterhub-user-${escapeName(user)}`);
}

function shorten(name: string): string {
  if (name.length <= 200) return name;
  return `${name.slice(0, 180)}-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}
