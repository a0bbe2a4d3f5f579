/** Names of a deployment in Docker: its project, its containers, and the files that Compose reads. */

/** In root's records of the account, with what it names beside it. */
export const COMPOSE_FILE = "compose.yaml";
/** What of a host the file leaves open. */
export const ENV_FILE = ".env";
/** Keys, each a file; Docker has no store of secrets outside of a swarm. */
export const SECRETS_FOLDER = "secrets";

/** Labels by which Compose finds what is its own. */
export const PROJECT_LABEL = "com.docker.compose.project";
export const SERVICE_LABEL = "com.docker.compose.service";

/** Compose's name of a deployment. */
export function projectOf(account: string): string {
  return account === "hublet" ? "hublet" : `hublet-${account.replace(/^hublet-/, "")}`;
}

/** Containers' names are the whole host's: those of other accounts have the account in them. */
export function containerName(account: string, service: string): string {
  return account === "hublet" ? service : `${account}-${service.replace(/^hublet-/, "")}`;
}
