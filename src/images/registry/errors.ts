/** What registries refuse, as errors for people. Nothing of credentials, tokens or addresses with them is in any text. */
import { HubError } from "../../kernel/index.ts";
import { refusalAnswer } from "./answers.ts";
import { distrustsCertificate, reasonOf, speaksNoTls } from "./reasons.ts";
import type { RegistryConnection } from "./types.ts";

/** What it was asked to do, as it stands in messages: `to list the tags of lab/uspy`. */
export type Task = string;

/** No answer at all. */
export function unreachable({ address, insecure }: RegistryConnection, error: unknown): HubError {
  return new HubError(
    "registry-unreachable",
    `The registry ${address} cannot be reached: ${noTls(error) ? "it does not speak TLS" : reasonOf(error)}. ${advice()}`,
    { cause: error },
  );
  function noTls(failure: unknown): boolean {
    return insecure !== true && speaksNoTls(failure);
  }
  function advice(): string {
    if (distrustsCertificate(error))
      return `Name its authority's certificate in the configuration (registries, “${address}”, certificate).`;
    if (noTls(error))
      return `If it is meant to, and the network to it is yours alone, set “insecure” for it in the configuration (registries, “${address}”).`;
    return "Check that it runs, and that this host may connect to it; images that are here already can be started.";
  }
}

/** It was given up waiting. @param ms how long it was waited */
export function timedOut(address: string, ms: number): HubError {
  return new HubError(
    "registry-unreachable",
    `The registry ${address} did not answer within ${ms / 1000} s. Check that it runs and is not overloaded, then try again.`,
  );
}

/** Something answers that is no registry, or one that is broken. */
export function unreadable(address: string, task: Task, why: string, cause?: unknown): HubError {
  return new HubError(
    "registry-unreachable",
    `What answers at ${address} is no registry that can be understood: asked ${task}, ${why}. Check the address.`,
    { cause },
  );
}

/** It answered and did not do what was asked. `text` is its answer. */
export function refused(connection: RegistryConnection, task: Task, status: number, text: string): HubError {
  const { address, credentials } = connection;
  const said = saidIn(text);
  const facts = { facts: { status } };
  if (status === 401)
    return credentials === undefined ? signInWanted(address) : signInWrong(address, credentials.username);
  if (status === 403 && credentials === undefined) return signInWanted(address);
  if (status === 403)
    return new HubError(
      "registry-refused",
      `The registry ${address} does not allow “${credentials?.username}” ${task}${said}. Give that account the right, or name another one in the configuration (registries).`,
      facts,
    );
  if (status === 429)
    return new HubError(
      "registry-refused",
      `The registry ${address} has been asked too often${said}. Try again later; with an account it may allow more.`,
      facts,
    );
  if (status >= 500)
    return new HubError(
      "registry-unreachable",
      `The registry ${address} failed when asked ${task} (${status}${said}). Look at its log, then try again.`,
      facts,
    );
  return new HubError(
    "registry-refused",
    `The registry ${address} refused ${task} (${status}${said}). Ask whoever runs it, or look at its log.`,
    facts,
  );
}

/** Docker Hub, GHCR and their like keep their lists to themselves. */
export function listsNone(address: string): HubError {
  return new HubError(
    "registry-refused",
    `The registry ${address} does not tell which repositories it has. Name those to choose from without “*” in the configuration (catalogue, repositories).`,
    { facts: { status: 404 } },
  );
}

export function signInWanted(address: string): HubError {
  return new HubError(
    "registry-refused",
    `The registry ${address} wants a sign-in, and none is configured. Name an account and the secret with its password in the configuration (registries, “${address}”: username, password).`,
    { facts: { status: 401 } },
  );
}

export function signInWrong(address: string, username: string): HubError {
  return new HubError(
    "registry-refused",
    `The registry ${address} does not accept the password of “${username}”. Correct the secret, or the name, in the configuration (registries, “${address}”).`,
    { facts: { status: 401 } },
  );
}

/** The code and words of an OCI error answer, cut short: `; NAME_UNKNOWN: repository name not known to registry`. */
function saidIn(text: string): string {
  const parsed = refusalAnswer.safeParse(readJson(text));
  const first = parsed.success ? parsed.data.errors[0] : undefined;
  if (first === undefined) return "";
  const words = `${first.code}: ${first.message ?? ""}`.replace(/[\p{C}\s]+/gu, " ").trim();
  return `; it said “${words.slice(0, 200)}”`;
}

/** Undefined when it is no JSON: schemas then refuse it. */
export function readJson(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
