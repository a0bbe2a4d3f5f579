/** What the unit of the hub's container says by its environment. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type StatePaths, statePaths } from "../../cli/index.ts";
import { HubError } from "../../kernel/index.ts";

const absolute = z.string().startsWith("/");
const schema = z.object({
  HUBLET_CONFIG: absolute,
  HUBLET_STATE: absolute,
  HUBLET_SECRETS: absolute,
  HUBLET_ENGINE: z.enum(["podman", "docker"]).default("podman"),
  HUBLET_ENGINE_SOCKET: absolute,
  HUBLET_HOST_ROOT: absolute,
  HUBLET_ACCOUNT: z.string().min(1),
  /** Address of the deployment's own database. */
  HUBLET_DATABASE: z.string().startsWith("postgresql://").optional(),
  /** Names what `apply` settled of the keys that need a restart. */
  HUBLET_SETTLED: z.string().optional(),
  HUBLET_ADMIN: z.string().min(1).default("admin"),
});

export interface DeployedEnvironment {
  readonly config: string;
  readonly paths: StatePaths;
  readonly state: string;
  readonly secrets: string;
  readonly engine: "podman" | "docker";
  readonly engineSocket: string;
  readonly hostRoot: string;
  readonly account: string;
  readonly database: string | undefined;
  readonly settled: string | undefined;
  readonly admin: string;
  /** Folder of the program. */
  readonly program: string;
}

/** @throws HubError `usage` naming the variables that are missing or wrong */
export function readDeployedEnvironment(environment: NodeJS.ProcessEnv): DeployedEnvironment {
  const result = schema.safeParse(environment);
  if (!result.success) {
    const names = result.error.issues.map((issue) => String(issue.path[0])).join(", ");
    throw new HubError(
      "usage",
      `Missing or wrong in the environment: ${names}. “hublet apply” writes the unit that sets it.`,
    );
  }
  const { data } = result;
  return {
    config: data.HUBLET_CONFIG,
    paths: statePaths(data.HUBLET_STATE, data.HUBLET_SECRETS),
    state: data.HUBLET_STATE,
    secrets: data.HUBLET_SECRETS,
    engine: data.HUBLET_ENGINE,
    engineSocket: data.HUBLET_ENGINE_SOCKET,
    hostRoot: data.HUBLET_HOST_ROOT,
    account: data.HUBLET_ACCOUNT,
    database: data.HUBLET_DATABASE,
    settled: data.HUBLET_SETTLED,
    admin: data.HUBLET_ADMIN,
    program: join(dirname(fileURLToPath(import.meta.url)), "..", "..", ".."),
  };
}
