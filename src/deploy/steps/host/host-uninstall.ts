/** Takes the manager, the account and its home away, as far as they are ours. */
import { dirname } from "node:path";
import { findHostAccount } from "../../host/find-account.ts";
import type { HostState } from "../../host/state.ts";
import { dropInPath } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";
import { accountRecord, accountRecordPath } from "./host-records.ts";

export function endManagerSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  const { account } = state;
  if (account === undefined) return [];
  const record = accountRecord(deployment, state);
  // An account that lingered before us does so for something else.
  const ends = record !== undefined && (record.made || !record.lingered) && (account.linger || account.manager);
  if (!ends && account.dropIn === undefined) return [];
  const path = dropInPath(account.uid);
  return [
    {
      kind: "manager",
      title: ends ? `end the systemd of ${account.name}` : `take back what systemd was told about ${account.name}`,
      diff: [...(ends ? [`- linger of ${account.name}`] : []), ...(account.dropIn === undefined ? [] : [`- ${path}`])],
      disturbs: undefined,
      run: async ({ host, signal }) => {
        if (ends) {
          await host.mustRun(["loginctl", "disable-linger", account.name], { signal });
          await host.mustRun(["systemctl", "stop", `user@${account.uid}.service`], { signal, timeout: 180_000 });
        }
        await host.remove([path]);
        // Only when nobody else has a drop-in there.
        await host.run(["rmdir", "--", dirname(path)], { signal });
        await host.mustRun(["systemctl", "daemon-reload"], { signal });
      },
    },
  ];
}

export function removeAccountSteps(
  deployment: Deployment,
  state: HostState,
  eraseData: boolean,
): { readonly steps: readonly PlannedStep[]; readonly notes: readonly string[] } {
  const { account: name, home } = deployment;
  const record = accountRecord(deployment, state);
  const made = record?.made === true;
  const there = state.account !== undefined;
  const keeps = there && !made;
  const erases = eraseData ? [made || !there ? home : deployment.state].filter((path) => state.files[path]) : [];
  const steps: PlannedStep[] = [];
  if (there && made) {
    steps.push({
      kind: "account",
      title: `remove the account ${name}${eraseData ? "" : `; its home ${home} stays`}`,
      diff: [`- ${name} and its range of user ids`],
      disturbs: undefined,
      run: (run) => removeAccount(run, deployment),
    });
  } else if (record !== undefined) {
    steps.push({
      kind: "account",
      title: there ? `leave the account ${name} to its own` : `forget the account ${name}, which is gone`,
      diff: [],
      disturbs: undefined,
      run: ({ host }) => host.remove([accountRecordPath(deployment)]),
    });
  }
  if (erases.length > 0) {
    steps.push({
      kind: "folders",
      title: `erase ${erases.join(" and ")} with all data in it`,
      diff: erases.map((path) => `- ${path}`),
      disturbs: undefined,
      run: async ({ host }) => {
        const owner = keeps ? await findHostAccount(host, name) : undefined;
        await host.remove(erases, { tree: true, ...(owner === undefined ? {} : { as: owner }) });
      },
    });
  }
  const notes = keeps
    ? [`The account ${name} was there before Hublet and stays${eraseData ? ", with its home" : ""}.`]
    : [];
  return { steps, notes };
}

async function removeAccount({ host, signal }: StepRun, deployment: Deployment): Promise<void> {
  const { account: name } = deployment;
  const found = await findHostAccount(host, name);
  if (found !== undefined) {
    // What the account still runs outside of its systemd would keep the account, or go on as nobody's. Containers of others may
    // have its number, too: a database's image, say. What is theirs has process numbers of its own.
    await host.run(["loginctl", "terminate-user", name], { signal });
    const here = ["--ns", "1", "--nslist", "pid"];
    await host.run(["pkill", "-KILL", ...here, "-u", String(found.uid)], { signal });
    await host.mustRun(["userdel", name], { signal });
  }
  // Its group goes with it where that is the custom of the host, and by hand where not.
  if ((await host.run(["getent", "group", name], { signal })).code === 0)
    await host.run(["groupdel", name], { signal });
  await host.remove([accountRecordPath(deployment)]);
}
