/** What belongs to a deployment beside its units: configuration, secrets, vault, and what an older hub left. */
import { dirname, join } from "node:path";
import { VAULT_FILE } from "../../config/index.ts";
import { HUB_LABEL } from "../../kernel/index.ts";
import { SECRETS_FOLDER } from "../docker/project.ts";
import { podmanOf } from "../host/find-account.ts";
import { SECRET_PREFIX } from "../model/deployment.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { AGAIN, withoutRecords } from "./applied.ts";
import { accountStep, error, listed, NEEDS_ROOT, skipped, warning } from "./finding.ts";
import type { Check, CheckContext } from "./types.ts";

export const belongingChecks: readonly Check[] = [
  {
    id: "configuration",
    group: "deployment",
    title: "the configuration has no mistakes",
    deep: false,
    async run({ config, configProblem, target }) {
      if (configProblem === undefined)
        return config === undefined ? skipped(`there is no configuration at ${target.configFile}.`) : [];
      return [
        error(configProblem, "The hub works on with the configuration it had, and would not start with this one.", {
          advice: "Correct what is said above; “hublet config check” says it again.",
        }),
      ];
    },
  },
  {
    id: "podman-secrets",
    group: "deployment",
    title: "the secrets of the containers are there",
    deep: false,
    async run(context) {
      const absent = withoutRecords(context);
      if (absent !== undefined) return absent;
      const inDocker = context.engine === "docker";
      if (inDocker && !context.privileged) return NEEDS_ROOT;
      if (!inDocker && context.state.account?.manager !== true)
        return skipped("the account's systemd manager does not run.");
      const wished = readUnits(context.generation?.units ?? {}).containers.flatMap(({ secrets }) => secrets);
      const missing = [...new Set(wished)].filter(
        (name) =>
          !context.state.podmanSecrets.includes(`${SECRET_PREFIX}${name}`) &&
          !context.state.podmanSecrets.includes(name),
      );
      if (missing.length === 0) return [];
      return [
        error(
          inDocker
            ? `${join(context.target.records, SECRETS_FOLDER)} lacks the keys ${listed(missing)}.`
            : `Podman's store lacks the secrets ${listed(missing.map((name) => SECRET_PREFIX + name))}.`,
          "The containers that mount them do not start again.",
          {
            advice: `${AGAIN} A new hub.key signs everybody out; a new vault.key needs somebody who can open the vault.`,
          },
        ),
      ];
    },
  },
  {
    id: "vault",
    group: "deployment",
    title: "this host can open the vault",
    deep: false,
    async run(context) {
      const { host, target, deployed, privileged } = context;
      if (!deployed) return skipped("“hublet apply” has not set up this host.");
      if (!privileged) return NEEDS_ROOT;
      const path = join(dirname(target.configFile), VAULT_FILE);
      const [vault, recipient] = await Promise.all([
        host.readFile(path),
        host.readFile(join(target.records, "recipient")),
      ]);
      if (vault === undefined) return skipped("there is no vault beside the configuration.");
      const key = recipient?.toString("utf8").trim() ?? "";
      if (key !== "" && vault.toString("utf8").includes(key)) return [];
      return [
        error(
          key === ""
            ? "This host has no key for the vault."
            : `The key of this host (${key.slice(0, 16)}…) is not among those that open ${path}.`,
          "The hub cannot read the secrets that the configuration names, and does not start.",
          {
            advice:
              "Somebody who can open the vault has to let the host in: run “hublet apply” where the vault opens for you.",
          },
        ),
      ];
    },
  },
  {
    id: "leftover-containers",
    group: "deployment",
    title: "no containers of an older hub are left",
    deep: false,
    async run(context) {
      const hubs = new Map<string, string[]>();
      for (const { name, labels } of context.state.containers) {
        const hub = labels[HUB_LABEL];
        if (hub !== undefined) hubs.set(hub, [...(hubs.get(hub) ?? []), name]);
      }
      if (hubs.size === 0) return [];
      const ours = await hubId(context);
      const old = [...hubs]
        .filter(([hub]) => (ours === "" ? hubs.size > 1 : hub !== ours))
        .flatMap(([, names]) => names);
      if (old.length === 0) return [];
      const stopped = context.state.containers.filter(({ name, running }) => old.includes(name) && !running);
      if (ours === "")
        return [
          warning(
            `Servers of ${hubs.size} hubs are in the account's store: ${listed(old)}.`,
            "Two hubs that share an account take each other's names and ports.",
            {
              advice:
                "One may be a hub whose database is gone: its containers can be removed with “podman rm” as the account; volumes stay.",
            },
          ),
        ];
      return [
        warning(
          `${listed(old)} belong to an older hub of this account.`,
          "Nobody can reach them by the hub; they keep memory and names.",
          {
            fix: [accountStep(context, "podman", "rm", "--force", ...old)],
            advice: "Their volumes, with people's files, stay.",
            safe: stopped.length === old.length,
          },
        ),
      ];
    },
  },
];

/** The id of the hub that runs, which only its database knows: asked inside its container. "" when it cannot be had. */
async function hubId({ host, state, target, deployed, signal }: CheckContext): Promise<string> {
  const { account } = state;
  if (
    !deployed ||
    account === undefined ||
    !state.containers.some(({ name, running }) => name === "hublet-hub" && running)
  )
    return "";
  const script = `const { DatabaseSync } = require("node:sqlite");
const row = new DatabaseSync(process.argv[1], { readOnly: true }).prepare("select value from facts where name = 'hub-id'").get();
console.log(row?.value ?? "");`;
  const argv = podmanOf(account, [
    "exec",
    "hublet-hub",
    "/node",
    "--disable-warning=ExperimentalWarning",
    "--eval",
    script,
    join(target.state, "hublet.db"),
  ]);
  const { code, stdout } = await host.run(argv, { as: account, timeout: 10_000, signal });
  return code === 0 ? stdout.trim() : "";
}
