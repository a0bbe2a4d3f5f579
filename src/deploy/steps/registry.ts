/** The password file of the own registry: derived from a secret that only containers see, so made by one of them. */
import { registryPlaces } from "../../images/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import { REGISTRY } from "../model/registry.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep } from "../plan/types.ts";
import { HUB, openRegistry } from "./hub-program.ts";
import { renewedSecrets } from "./secrets.ts";

/** Files whose presence the plan asks for. */
export function registryFiles({ deployment }: Pick<Target, "deployment">): readonly string[] {
  return hasRegistry({ deployment }) ? [registryPlaces(deployment.state).htpasswd] : [];
}

/** Before its unit is started, which ends at once without the file. A later change of the secret is the hub's to follow. */
export function planRegistry(target: Target, situation: Situation): PlannedStep[] {
  const { deployment } = target;
  const { htpasswd, folder } = registryPlaces(deployment.state);
  const hub = deployment.containers.find(({ name }) => name === HUB);
  if (!hasRegistry(target) || hub === undefined) return [];
  const renewed = renewedSecrets(target, situation).includes("registry.password");
  if (situation.state.files[htpasswd] !== undefined && !renewed) return [];
  return [
    {
      kind: "units",
      title: `make the folders and the password file of the own registry in ${folder}`,
      diff: [`+ ${htpasswd}`],
      disturbs: undefined,
      run: async (run) => {
        const account = await needHostAccount(run.host, deployment.account);
        await openRegistry(run, { engine: engineFor(deployment), account, hub });
      },
    },
  ];
}

function hasRegistry({ deployment }: Pick<Target, "deployment">): boolean {
  return deployment.containers.some(({ name }) => name === REGISTRY);
}
