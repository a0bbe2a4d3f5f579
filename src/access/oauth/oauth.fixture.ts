/** What the tests of the OAuth provider share: alice's running server and its visitors. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { CHALLENGE, type Kit, kitFor, type OpenDatabase, type StartedServer, VERIFIER } from "../access.fixture.ts";
import type { AccessOptions, AuthorizeOutcome, Fields, Identity, TokenAnswer } from "../index.ts";

export interface Setting extends Kit {
  /** Alice's running server, and visitors who are signed in. */
  readonly server: StartedServer;
  readonly asAlice: Identity;
  readonly asAdmin: Identity;
  readonly asBob: Identity;
  query(changes?: Fields): Fields;
  form(code: string, changes?: Fields): Fields;
  /** Visits as alice and returns the code. */
  code(changes?: Fields): Promise<string>;
}

export async function setUp(
  t: TestContext,
  open: OpenDatabase,
  options: Partial<AccessOptions> = {},
  allowed: string[] = [],
): Promise<Setting> {
  const kit = await kitFor(t, open, options);
  const server = await kit.startServer(kit.alice, "", allowed);
  const [asAlice, asAdmin, asBob] = [
    await kit.signIn(kit.alice),
    await kit.signIn(kit.admin),
    await kit.signIn(kit.bob),
  ].map((one) => one.identity);
  if (asAlice === undefined || asAdmin === undefined || asBob === undefined) throw new Error("nobody is signed in");
  const query = (changes: Fields = {}): Fields => ({
    client_id: server.clientId,
    redirect_uri: server.redirectUri,
    response_type: "code",
    state: "s t&te",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...changes,
  });
  return {
    ...kit,
    server,
    asAlice,
    asAdmin,
    asBob,
    query,
    form: (code, changes = {}) => ({
      client_id: server.clientId,
      client_secret: server.secret.reveal(),
      grant_type: "authorization_code",
      code,
      redirect_uri: server.redirectUri,
      code_verifier: VERIFIER,
      ...changes,
    }),
    code: async (changes = {}) => codeOf(await kit.access.oauth.authorize(query(changes), asAlice)),
  };
}

export function target(outcome: AuthorizeOutcome): URL {
  assert.equal(outcome.kind, "redirect", JSON.stringify(outcome));
  return new URL(outcome.kind === "redirect" ? outcome.to : "", "http://hub");
}

export function codeOf(outcome: AuthorizeOutcome): string {
  return target(outcome).searchParams.get("code") ?? "";
}

/** Status and message of an error page. */
export function pageOf(outcome: AuthorizeOutcome): number {
  assert.equal(outcome.kind, "error-page", JSON.stringify(outcome));
  return outcome.kind === "error-page" ? outcome.status : 0;
}

export function errorOf(outcome: AuthorizeOutcome): (string | null)[] {
  const { searchParams } = target(outcome);
  assert.equal(searchParams.get("code"), null);
  return [searchParams.get("error"), searchParams.get("state")];
}

export function offered(outcome: AuthorizeOutcome): string[] {
  assert.equal(outcome.kind, "confirm", JSON.stringify(outcome));
  return outcome.kind === "confirm" ? outcome.scopes.map((one) => one.scope) : [];
}

export function refused(answer: TokenAnswer): (string | number | undefined)[] {
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.equal(answer.body.access_token, undefined);
  return [answer.status, answer.body.error];
}
