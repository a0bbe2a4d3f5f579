/** What the environment says of the GitHub app, under the names that JupyterHub's deployments use (survey A29). */
import { z } from "zod";
import type { Checks } from "../check/context.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const CLIENT_IDS = ["GITHUB_CLIENT_ID", "OAUTH_CLIENT_ID"];
const CLIENT_SECRETS = ["GITHUB_CLIENT_SECRET", "OAUTH_CLIENT_SECRET"];
const CALLBACK_URL = "OAUTH_CALLBACK_URL";
/** Variables that a hub may need of the environment it was started in. */
export const CONFIG_VARIABLES = [...CLIENT_IDS, ...CLIENT_SECRETS, CALLBACK_URL, "CREDENTIALS_DIRECTORY"];

/** The secrets that may come by the environment, by the names of their variables. */
export function environmentSecrets(environment: Environment): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(CLIENT_SECRETS.map((name) => [name, environment[name]]));
}

/** Completes `signIn.github` from the environment; what is missing then is a problem. */
export function completeGithub(checks: Checks, environment: Environment): void {
  const { github } = checks.config.signIn;
  if (github === undefined) return;
  const at = ["signIn", "github"];
  const idVariable = CLIENT_IDS.find((name) => isSaid(environment[name]));
  const secretVariable = CLIENT_SECRETS.find((name) => isSaid(environment[name]));
  github.clientId ??= idVariable === undefined ? undefined : environment[idVariable];
  github.clientSecret ??= secretVariable === undefined ? undefined : { secret: secretVariable };
  if (github.clientId === undefined && !checks.has([...at, "clientId"]))
    checks.problem(at, `the client id is missing; write clientId, or set ${CLIENT_IDS.join(" or ")}`);
  if (github.clientSecret === undefined && !checks.has([...at, "clientSecret"]))
    checks.problem(
      at,
      `the client secret is missing; write clientSecret: {secret: NAME} and “hublet secrets set NAME”, or set ${CLIENT_SECRETS.join(" or ")}`,
    );
  const callback = environment[CALLBACK_URL];
  if (github.callbackUrl !== undefined || !isSaid(callback)) return;
  if (z.url({ protocol: /^https?$/ }).safeParse(callback).success) github.callbackUrl = callback;
  else checks.problem(at, `${CALLBACK_URL} of the environment is no address that begins with https://`);
}

function isSaid(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
