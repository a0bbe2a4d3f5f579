/** Signing in to a registry: Basic, or tokens by the distribution project's token specification. */
import type { Clock } from "../../kernel/index.ts";
import { untilAborted } from "../until-aborted.ts";
import { isLoopback } from "./address.ts";
import { tokenAnswer } from "./answers.ts";
import { type Challenge, readChallenges } from "./challenge.ts";
import { readJson, refused, signInWanted, signInWrong, unreadable } from "./errors.ts";
import type { RegistryConnection } from "./types.ts";
import type { WireAnswer } from "./wire.ts";

/** Sends a GET, with errors that are already for people; its own time limit ends it. */
export type Fetch = (url: URL, headers: Readonly<Record<string, string>>) => Promise<WireAnswer>;

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** One fetch for all who wait for it. */
interface Fetching {
  readonly token: Promise<Token>;
  /** Once it is there. */
  fetched: Token | undefined;
}

/** Seconds that a token lives when its server does not say. */
const DEFAULT_LIFE = 60;
/** A token is not used in its last milliseconds: the way takes time, and clocks differ. */
const RESERVE_MS = 5_000;

export class Authority {
  readonly #connection: RegistryConnection;
  readonly #fetch: Fetch;
  readonly #clock: Clock;
  /** How the registry last asked for a sign-in. */
  #challenge: Challenge | undefined;
  /** By scope. */
  readonly #tokens = new Map<string, Fetching>();

  constructor(connection: RegistryConnection, fetch: Fetch, clock: Clock) {
    this.#connection = connection;
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** The `Authorization` for a scope (`repository:lab/uspy:pull`), or undefined before the registry has asked for one. */
  async authorization(scope: string, signal: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    if (challenge.scheme === "basic") return this.#basic();
    const { text } = await untilAborted(this.#token(challenge, scope), signal);
    return `Bearer ${text}`;
  }

  /**
   * Takes over what a 401 asks for. False when there is no use in trying again: what was sent is what it asks for.
   * @param used the `Authorization` that was refused
   */
  challenged(answer: WireAnswer, scope: string, used: string | undefined, origin: string): boolean {
    const offered = readChallenges(answer.header("www-authenticate") ?? "");
    const { credentials, address } = this.#connection;
    const challenge =
      offered.find(({ scheme }) => scheme === "bearer") ?? offered.find(({ scheme }) => scheme === "basic");
    if (challenge === undefined) return false;
    if (challenge.scheme === "basic") {
      if (credentials === undefined) throw signInWanted(address);
      if (used?.startsWith("Basic ")) throw signInWrong(address, credentials.username);
    } else {
      checkRealm(challenge, origin, address);
      // Of many who came without a token at the same time, only the first has one fetched.
      const known = this.#tokens.get(scope)?.fetched;
      if (known !== undefined && used === `Bearer ${known.text}`) this.#tokens.delete(scope);
    }
    this.#challenge = challenge;
    return true;
  }

  #basic(): string | undefined {
    const { credentials } = this.#connection;
    if (credentials === undefined) return undefined;
    const { username, password } = credentials;
    return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;
  }

  #token(challenge: Challenge, scope: string): Promise<Token> {
    const known = this.#tokens.get(scope);
    if (known !== undefined && (known.fetched?.until ?? Number.POSITIVE_INFINITY) > this.#clock.now())
      return known.token;
    const fetching: Fetching = { token: this.#fetchToken(challenge, scope), fetched: undefined };
    this.#tokens.set(scope, fetching);
    fetching.token.then(
      (token) => {
        fetching.fetched = token;
      },
      () => {
        if (this.#tokens.get(scope) === fetching) this.#tokens.delete(scope);
      },
    );
    return fetching.token;
  }

  async #fetchToken(challenge: Challenge, scope: string): Promise<Token> {
    const { address } = this.#connection;
    const url = new URL(challenge.parameters.realm ?? "");
    const { service } = challenge.parameters;
    if (service !== undefined) url.searchParams.set("service", service);
    if (scope !== "") url.searchParams.append("scope", scope);
    const basic = this.#basic();
    const answer = await this.#fetch(url, basic === undefined ? {} : { authorization: basic });
    if (answer.status !== 200)
      throw refused(this.#connection, "to give a token", answer.status, answer.body.toString());
    const parsed = tokenAnswer.safeParse(readJson(answer.body));
    const value = parsed.data?.token ?? parsed.data?.access_token;
    if (value === undefined || !/^[\x21-\x7e]+$/.test(value))
      throw unreadable(address, "to give a token", `its sign-in at ${url.host} gave none`);
    const lifeMs = (parsed.data?.expires_in ?? DEFAULT_LIFE) * 1000;
    return { text: value, until: this.#clock.now() + lifeMs - RESERVE_MS };
  }
}

/**
 * Where tokens are given, often another host. The password goes there, so it must be by TLS, unless the registry itself
 * is reached without.
 */
function checkRealm({ parameters }: Challenge, origin: string, address: string): void {
  const url = URL.parse(parameters.realm ?? "");
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "")
    throw unreadable(address, "to let us sign in", "it names no address to sign in at");
  if (url.protocol === "http:" && origin.startsWith("https:") && !isLoopback(url.hostname))
    throw unreadable(
      address,
      "to let us sign in",
      `it leads to ${url.host} by plain HTTP, where a password could be read`,
    );
}
