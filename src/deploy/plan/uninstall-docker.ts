/** What an uninstall takes out of the host's Docker: all that is this deployment's, and nothing of anybody else. */
import { join } from "node:path";
import { HUB_LABEL } from "../../kernel/index.ts";
import { COMPOSE_FILE, ENV_FILE, PROJECT_LABEL, SECRETS_FOLDER } from "../docker/project.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { ContainerState, HostState } from "../host/state.ts";
import { PROGRAM_IMAGE } from "../image/types.ts";
import { type Deployment, SECRET_PREFIX } from "../model/deployment.ts";
import { giveBackSecrets } from "../steps/secrets.ts";
import type { PlannedStep, StepRun } from "./types.ts";

/** Milliseconds in which a hundred servers end. */
const PATIENCE_MS = 300_000;

/** @param eraseData people's volumes go as well */
export function uninstallDocker(deployment: Deployment, state: HostState, eraseData: boolean): PlannedStep[] {
  const engine = engineFor(deployment);
  const account = (run: StepRun) => needHostAccount(run.host, deployment.account);
  const parts = state.containers.filter(({ labels }) => labels[PROJECT_LABEL] !== undefined);
  const servers = state.containers.filter(({ labels }) => labels[HUB_LABEL] !== undefined);
  const running = servers.filter((server) => server.running).length;
  const hub = hubOf(servers, state, deployment);
  const files = [COMPOSE_FILE, ENV_FILE].map((name) => join(deployment.records, name));
  const secrets = state.podmanSecrets.map((name) => name.slice(SECRET_PREFIX.length));
  const images = Object.keys(state.images).filter((name) => PROGRAM_IMAGE.test(name));
  const steps: PlannedStep[] = [];
  const add = (kind: PlannedStep["kind"], title: string, run: PlannedStep["run"], disturbs?: string): void => {
    steps.push({ kind, title, diff: [], disturbs, run });
  };
  const remove = async (run: StepRun, containers: readonly string[]): Promise<void> => {
    // In their own time first: hub and database write what they know.
    await engine.attempt(run, await account(run), ["stop", ...containers], { timeout: PATIENCE_MS });
    await engine.command(run, await account(run), ["rm", "--force", ...containers], { timeout: PATIENCE_MS });
  };
  if (parts.length > 0)
    add("services", `stop and remove ${parts.map(({ name }) => name).join(", ")}`, (run) =>
      remove(
        run,
        parts.map(({ name }) => engine.containerName(name)),
      ),
    );
  if (servers.length > 0)
    add(
      "services",
      `stop and remove ${servers.length === 1 ? "one server" : `${servers.length} servers`} of people`,
      (run) =>
        remove(
          run,
          servers.map(({ name }) => name),
        ),
      running === 0
        ? undefined
        : `${running === 1 ? "One running server is" : `${running} running servers are`} stopped. Files are kept.`,
    );
  if (hub !== undefined && (servers.length > 0 || eraseData))
    add(
      "services",
      eraseData ? "remove the networks and the volumes of people's servers" : "remove the networks of people's servers",
      async (run) => {
        for (const kind of eraseData ? ["network", "volume"] : ["network"]) await removeAll(run, kind, hub);
      },
    );
  if (state.files[files[0] ?? ""] !== undefined)
    add("units", `remove ${files.join(" and ")}`, async ({ host }) => {
      await host.remove([...files, join(deployment.records, "files")], { tree: true });
    });
  if (secrets.length > 0)
    add(
      "secrets",
      `remove the keys ${secrets.join(", ")}${eraseData ? "" : `; they go back to ${deployment.state}/secrets, so that the data stays usable`}`,
      async (run) => {
        if (!eraseData) await giveBackSecrets(run, engine, await account(run), deployment.state, secrets);
        await run.host.remove([join(deployment.records, SECRETS_FOLDER)], { tree: true });
      },
    );
  if (images.length > 0)
    add("images", `remove ${images.join(", ")}`, async (run) => {
      // Those that another deployment of this host uses stay.
      await engine.attempt(run, await account(run), ["rmi", "--", ...images], { timeout: PATIENCE_MS });
    });
  return steps;

  async function removeAll(run: StepRun, kind: string, hubId: string): Promise<void> {
    const filter = ["--quiet", "--filter", `label=${HUB_LABEL}=${hubId}`];
    const listed = await engine.command(run, await account(run), [kind, "ls", ...filter]);
    const ids = listed.stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await engine.command(run, await account(run), [kind, "rm", ...ids], { timeout: PATIENCE_MS });
  }
}

/** The id by which the hub marks what is its own. */
function hubOf(
  servers: readonly ContainerState[],
  state: HostState,
  { state: folder }: Deployment,
): string | undefined {
  const found = servers[0]?.labels[HUB_LABEL];
  const launch = state.contents[join(folder, "run/launch.json")] ?? "";
  return found ?? /"hub":"([0-9a-f]+)"/.exec(launch)?.[1];
}
