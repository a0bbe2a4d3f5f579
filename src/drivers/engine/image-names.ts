/** Names of images as the engines' API wants them, and signing in at registries. */
import type { RegistryCredentials } from "../images-port.ts";

/** Docker Hub, as Docker names it in its own file of credentials. */
const DOCKER_HUB = "https://index.docker.io/v1/";

/** `:latest` added when the reference has neither tag nor digest. */
export function withTag(reference: string): string {
  return tagAt(reference) !== undefined || reference.includes("@") ? reference : `${reference}:latest`;
}

/** Name and tag apart; `latest` when there is none. */
export function splitTag(reference: string): { readonly name: string; readonly tag: string } {
  const at = tagAt(reference);
  if (at === undefined) return { name: reference, tag: "latest" };
  return { name: reference.slice(0, at), tag: reference.slice(at + 1) };
}

/** A colon before the last slash belongs to a port. */
function tagAt(reference: string): number | undefined {
  const at = reference.indexOf(":", reference.lastIndexOf("/") + 1);
  return at === -1 ? undefined : at;
}

/** Slashes stay: Docker's router wants them plain. */
export function pathOf(reference: string): string {
  return reference.split("/").map(encodeURIComponent).join("/");
}

/** `ghcr.io`, `localhost:5000`; `docker.io` for what names no registry. */
export function registryOf(reference: string): string {
  const first = reference.split("/")[0] ?? "";
  return /[.:]|^localhost$/.test(first) && reference.includes("/") ? first : "docker.io";
}

/** The header of a pull or a push. Docker wants one for pushing also without a sign-in. */
export function authHeader(
  reference: string,
  credentials: RegistryCredentials | undefined,
): Readonly<Record<string, string>> {
  const registry = registryOf(reference);
  const serveraddress = registry === "docker.io" ? DOCKER_HUB : registry;
  const auth = credentials === undefined ? {} : { ...signIn(credentials), serveraddress };
  return { "x-registry-auth": base64Url(JSON.stringify(auth)) };
}

/** The header of a build: sign-ins for its base images, by registry. */
export function authConfigHeader(
  credentials: Readonly<Record<string, RegistryCredentials>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(credentials).map(
    ([registry, each]) => [registry === "docker.io" ? DOCKER_HUB : registry, signIn(each)] as const,
  );
  if (entries.length === 0) return {};
  return { "x-registry-config": base64Url(JSON.stringify(Object.fromEntries(entries))) };
}

function signIn({ username, password }: RegistryCredentials) {
  return { username, password: password.reveal() };
}

function base64Url(text: string): string {
  // Docker wants base64url with padding (RFC 4648 section 5).
  return Buffer.from(text, "utf8").toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
