/** Secrets of the deployment, in its engine. Random ones are made on the host: no other machine, file or argument ever holds them. */
import { join } from "node:path";
import { newIdentity, recipientOf, type VaultIdentity } from "../../config/index.ts";
import { Secret } from "../../kernel/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import type { DeploymentEngine } from "../engines/port.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { Host, HostUser } from "../host/port.ts";
import { SECRET_PREFIX, type SecretWish } from "../model/deployment.ts";
import { RECIPIENT } from "../plan/records.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { asAccount } from "./as-account.ts";

/** The only secret that is no random number. */
const IDENTITY: SecretWish = { name: "vault.key", kind: "identity" };

/** Steps for what is missing. What the account has under these names is never replaced but by its own recreation. */
export function planSecrets(target: Target, situation: Situation): PlannedStep[] {
  const { deployment } = target;
  return deployment.secrets.flatMap((wish) => {
    const name = `${SECRET_PREFIX}${wish.name}`;
    const made = situation.state.podmanSecrets.includes(name);
    const file = join(deployment.state, "secrets", wish.name);
    const adoptable = situation.state.files[file]?.kind === "file";
    const removal = made && adoptable ? [removalOf(target, file)] : [];
    if (wish.kind === "identity") return [...identitySteps(target, situation, made), ...removal];
    if (made) return removal;
    return [adoptable ? adoption(target, situation, wish, file) : creation(target, situation, wish)];
  });
}

/** Names of secrets that containers get a new value of: those that mount one are stopped for it, and must be started again. */
export function renewedSecrets(target: Target, situation: Situation): readonly string[] {
  return target.deployment.secrets
    .filter(({ name, kind }) => {
      if (!situation.state.podmanSecrets.includes(`${SECRET_PREFIX}${name}`)) return true;
      return kind === "identity" && knownRecipient(target, situation) === undefined;
    })
    .map(({ name }) => name);
}

/** The vault will be written anew, since the host's recipient is not in it. */
export function vaultChanges(target: Target, situation: Situation): boolean {
  const wish = target.deployment.secrets.find(({ kind }) => kind === "identity");
  if (target.vault === undefined || wish === undefined) return false;
  const recipient = knownRecipient(target, situation);
  return recipient === undefined || !Object.values(target.vault.recipients).includes(recipient);
}

/** The recipient that belongs to the host's secret; undefined when a new pair must be made. */
function knownRecipient(target: Target, { state, records }: Situation): string | undefined {
  const wish = target.deployment.secrets.find(({ kind }) => kind === "identity");
  const made = wish !== undefined && state.podmanSecrets.includes(`${SECRET_PREFIX}${wish.name}`);
  return made ? records.recipient : undefined;
}

function creation(target: Target, situation: Situation, wish: SecretWish): PlannedStep {
  const { secrets, secretWord } = engineFor(target.deployment);
  const name = secrets.title(wish.name);
  return {
    kind: "secrets",
    title: `create the ${secretWord} ${name} (random)`,
    diff: [`+ ${name}`],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      await stopUsers(run, account, target, situation, wish);
      await secrets.createRandom(run, account, wish.name);
    },
  };
}

function adoption(target: Target, situation: Situation, wish: SecretWish, file: string): PlannedStep {
  const { secrets, secretWord } = engineFor(target.deployment);
  const name = secrets.title(wish.name);
  return {
    kind: "secrets",
    title: `make the ${secretWord} ${name} of the key in ${file}, so that sessions and passes stay valid`,
    diff: [`+ ${name}`, `- ${file}`],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      await stopUsers(run, account, target, situation, wish);
      await secrets.createFromFile(run, account, wish.name, file);
      await run.host.remove([file], { as: account });
    },
  };
}

function removalOf(target: Target, file: string): PlannedStep {
  return {
    kind: "secrets",
    title: `remove ${file}: its value is a ${engineFor(target.deployment).secretWord} now`,
    diff: [`- ${file}`],
    disturbs: undefined,
    run: async (run) => run.host.remove([file], { as: await needHostAccount(run.host, target.deployment.account) }),
  };
}

function identitySteps(target: Target, situation: Situation, made: boolean): PlannedStep[] {
  const { vault } = target;
  const recipient = knownRecipient(target, situation);
  if (recipient === undefined) return [newIdentityStep(target, situation, made)];
  if (vault === undefined || !vaultChanges(target, situation)) return [];
  return [
    {
      kind: "secrets",
      title: `let this host open the vault ${vault.path}`,
      diff: [`+ ${recipient}`],
      disturbs: undefined,
      run: (run) => vault.addRecipient(recipientName(run.host, situation), recipient),
    },
  ];
}

function newIdentityStep(target: Target, situation: Situation, made: boolean): PlannedStep {
  const { deployment, vault } = target;
  const { secrets, secretWord } = engineFor(deployment);
  const opens = vault === undefined ? "" : `, and let it open the vault ${vault.path}`;
  const wish = deployment.secrets.find(({ kind }) => kind === "identity") ?? IDENTITY;
  const name = secrets.title(wish.name);
  return {
    kind: "secrets",
    title: `create the ${secretWord} ${name} (the host's own age key)${opens}`,
    diff: [`${made ? "~" : "+"} ${name}`],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, deployment.account);
      const file = join(deployment.state, "secrets", wish.name);
      const { identity, recipient } = (await leftIdentity(run, account, file)) ?? (await newIdentity());
      // The secret comes last: as long as it is missing, an interrupted step is done again with another pair.
      await stopUsers(run, account, target, situation, wish);
      if (made) await secrets.remove(run, account, [wish.name]);
      // A key that opens it already, as after a restore, is taken over without anybody's help.
      if (vault !== undefined && !Object.values(vault.recipients).includes(recipient))
        await vault.addRecipient(recipientName(run.host, situation), recipient);
      await run.host.writeFiles([
        { path: join(deployment.records, RECIPIENT), content: `${recipient}\n`, mode: 0o600 },
      ]);
      await secrets.createFrom(run, account, wish.name, identity.reveal());
      await run.host.remove([file], { as: account });
    },
  };
}

/** The pair whose private key “hublet up” or an uninstall left in the state folder. */
async function leftIdentity(run: StepRun, account: HostUser, file: string): Promise<VaultIdentity | undefined> {
  const { code, stdout } = await run.host.run(["cat", file], { as: account, signal: run.signal });
  const key = /^AGE-SECRET-KEY-[A-Z0-9-]+$/m.exec(code === 0 ? stdout : "")?.[0];
  if (key === undefined) return undefined;
  const identity = new Secret(key);
  const recipient = await recipientOf(identity);
  return recipient === undefined ? undefined : { identity, recipient };
}

/** What the vault calls a host: as people call it. Two hosts behind ssh have two names. */
function recipientName(host: Host, { state }: Situation): string {
  return nameInVault(host.local ? state.fqdn : host.name.replace(/^.*@/, ""));
}

/** What of a host's name a vault takes. */
export function nameInVault(name: string): string {
  return name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 60);
}

/**
 * A container keeps the value that it was started with: what mounts the secret is stopped before, so that it is seen as
 * to be started also when this run ends in the middle.
 */
async function stopUsers(
  run: StepRun,
  account: HostUser,
  target: Target,
  situation: Situation,
  wish: SecretWish,
): Promise<void> {
  const users = readUnits(target.units).containers.filter(
    ({ name, secrets }) =>
      secrets.includes(wish.name) && situation.state.containers.some((each) => each.name === name && each.running),
  );
  for (const { name } of users) await engineFor(target.deployment).stop(run, account, name);
}

/** Gives keys back as files of the state folder, mode 0600, so that “hublet up” can go on with the same data. */
export async function giveBackSecrets(
  run: StepRun,
  engine: DeploymentEngine,
  account: HostUser,
  state: string,
  names: readonly string[],
): Promise<void> {
  const folder = join(state, "secrets");
  await asAccount(run, account, ["install", "-d", "-m", "0700", folder]);
  for (const name of names) await engine.secrets.giveBack(run, account, name, join(folder, name));
}
