/** The service account with its home and its subordinate ids. */
import { HubError } from "../../../kernel/index.ts";
import type { AccountPlan } from "../../account-plan.ts";
import { planAccount } from "../../account-plan.ts";
import { findHostAccount, needHostAccount } from "../../host/find-account.ts";
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";
import { accountRecord, accountRecordPath, writeRecord } from "./host-records.ts";

export interface AccountSteps {
  readonly steps: readonly PlannedStep[];
  readonly notes: readonly string[];
}

/** @throws HubError `account-unusable`, `name-invalid` */
export function accountSteps(deployment: Deployment, state: HostState): AccountSteps {
  const { account: name, home } = deployment;
  const rootless = deployment.engine.kind === "podman";
  const plan = planAccount(state.accountFiles, {
    name,
    home,
    ...(state.homeOwner === undefined ? {} : { homeOwner: state.homeOwner }),
    currentUid: 0,
    subordinateIds: rootless,
  });
  refuseForeignHome(deployment, state, plan);
  const unrecorded = state.account === undefined || accountRecord(deployment, state) === undefined;
  if (plan.commands.length === 0 && !unrecorded) return { steps: [], notes: plan.notes };
  return {
    notes: plan.notes,
    steps: [
      {
        kind: "account",
        title: title(plan, deployment),
        diff: plan.commands.map((argv) => `+ ${argv.join(" ")}`),
        disturbs: undefined,
        run: (run) => make(run, deployment, plan, { lingered: state.account?.linger ?? false, unrecorded }),
      },
    ],
  };
}

function title(plan: AccountPlan, { account, home, engine }: Deployment): string {
  if (plan.create)
    return `create the account ${account} (system account, home ${home})${engine.kind === "podman" ? " with a range of user ids" : ""}`;
  return plan.commands.length > 0
    ? `give the account ${account} a range of user ids`
    : `take over the account ${account}, which is there already`;
}

/** A new account gets the owner of an existing home as its uid; where it cannot, it could not even enter it. */
function refuseForeignHome({ account, home }: Deployment, state: HostState, plan: AccountPlan): void {
  const owner = plan.create ? state.homeOwner : state.account?.homeOwner;
  const uid = plan.create ? numberAfter(plan.commands[0] ?? [], "--uid") : state.account?.uid;
  if (owner === undefined || owner === uid) return;
  throw new HubError(
    "account-unusable",
    `The folder ${home} is there and belongs to the user id ${owner}, which the account “${account}” ${plan.create ? "cannot get" : "does not have"}. Move the folder away, or give it to the account: chown -R ${account}: ${home}`,
  );
}

async function make(
  { host, signal, note }: StepRun,
  deployment: Deployment,
  plan: AccountPlan,
  known: { readonly lingered: boolean; readonly unrecorded: boolean },
): Promise<void> {
  const found = await findHostAccount(host, deployment.account);
  // Before it is made, so that an account of ours is known as ours whenever we are stopped.
  if (known.unrecorded)
    await writeRecord(host, accountRecordPath(deployment), { made: found === undefined, lingered: known.lingered });
  for (const argv of plan.commands) {
    if (argv[0] === "useradd" && found !== undefined) continue;
    note(argv.join(" "));
    await host.mustRun(argv, { signal });
  }
  const { name, uid, home } = await needHostAccount(host, deployment.account);
  note(`${name} has the user id ${uid} and the home ${home}`);
}

function numberAfter(argv: readonly string[], option: string): number | undefined {
  const at = argv.indexOf(option);
  return at === -1 ? undefined : Number(argv[at + 1]);
}
