/** What `hublet apply` set up: that it is there as it was made, and works. */
import { join } from "node:path";
import { sha256 } from "../../kernel/index.ts";
import { UNIT_LABEL } from "../model/deployment.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { AGAIN, withoutRecords } from "./applied.ts";
import { accountStep, error, fine, listed, skipped, warning } from "./finding.ts";
import type { Check, CheckContext } from "./types.ts";

export const deploymentChecks: readonly Check[] = [
  {
    id: "units-changed",
    group: "deployment",
    title: "the units are those that were applied",
    deep: false,
    async run(context) {
      const absent = withoutRecords(context);
      if (absent !== undefined) return absent;
      const { generation, state, target } = context;
      const folder = context.engine === "docker" ? target.records : (state.account?.home ?? target.home);
      const different = Object.entries(generation?.units ?? {}).flatMap(([path, text]) => {
        const file = state.files[join(folder, path)];
        if (file === undefined) return [`${path} is gone`];
        return file.sha256 === sha256(text) ? [] : [`${path} was changed`];
      });
      if (different.length === 0) return [];
      return [
        error(
          `${listed(different)} since generation ${generation?.number ?? "?"} was applied.`,
          "At the next start the containers differ from what the configuration describes, or are not started at all.",
          {
            advice: `${AGAIN} See what differs first: hublet plan. ${
              context.engine === "docker"
                ? "Settings of your own belong in hublet.yaml: these files are written anew."
                : "Settings of your own belong in a drop-in folder (NAME.container.d), which stays."
            }`,
          },
        ),
      ];
    },
  },
  {
    id: "units-restart",
    group: "deployment",
    title: "containers run by the units as they are now",
    deep: false,
    async run(context) {
      const absent = withoutRecords(context);
      if (absent !== undefined) return absent;
      const wished = readUnits(context.generation?.units ?? {}).containers;
      const old = wished.filter(({ name, label }) => {
        const container = context.state.containers.find((each) => each.name === name);
        return container?.running === true && label !== "" && container.labels[UNIT_LABEL] !== label;
      });
      if (old.length === 0) return [];
      const names = old.map(({ name }) => name);
      if (context.engine === "docker")
        return [
          warning(
            `${listed(names)} ${names.length === 1 ? "was" : "were"} started by an older compose.yaml.`,
            "A change was written, and is not in effect yet.",
            { advice: AGAIN },
          ),
        ];
      return [
        warning(
          `${listed(names)} ${names.length === 1 ? "was" : "were"} started from an older unit.`,
          "A change was written, and is not in effect yet.",
          {
            fix: [
              accountStep(context, "systemctl", "--user", "daemon-reload"),
              accountStep(context, "systemctl", "--user", "restart", ...names.map((name) => `${name}.service`)),
            ],
            advice: names.includes("hublet-proxy")
              ? "A restart of the proxy ends open connections; pages connect again by themselves."
              : "",
            safe: !names.includes("hublet-proxy"),
          },
        ),
      ];
    },
  },
  {
    id: "units-failed",
    group: "deployment",
    title: "no unit of the account failed",
    deep: false,
    async run(context) {
      const { account } = context.state;
      if (account === undefined || !account.manager) return skipped("the account's systemd manager does not run.");
      const failed = context.facts
        .lines("failed-units")
        .map((line) => line.trim().replace(/^● /, "").split(/\s+/)[0] ?? "");
      return await Promise.all(
        failed
          .filter((unit) => unit !== "")
          .map(async (unit) => {
            const ours = unit.startsWith("hublet-") || unit === "podman.socket" || unit === "podman.service";
            const said = await lastWords(context, unit);
            return (ours ? error : warning)(
              `${unit} failed${said === "" ? "." : `; its last words: ${said}`}`,
              ours
                ? "It is a part of the hub."
                : "Something of the account does not work; it may have nothing to do with the hub.",
              {
                fix: [
                  accountStep(context, "systemctl", "--user", "reset-failed", unit),
                  ...(ours ? [accountStep(context, "systemctl", "--user", "start", unit)] : []),
                ],
                advice: `See more: journalctl _UID=${account.uid} _SYSTEMD_USER_UNIT=${unit} -n 50`,
                safe: true,
              },
            );
          }),
      );
    },
  },
  {
    id: "containers-running",
    group: "deployment",
    title: "hub and proxy run",
    deep: false,
    async run(context) {
      const absent = withoutRecords(context);
      if (absent !== undefined) return absent;
      if (context.state.account?.manager !== true) return skipped("the account's systemd manager does not run.");
      const wished = readUnits(context.generation?.units ?? {}).containers.map(({ name }) => name);
      const still = wished.filter(
        (name) => !context.state.containers.some((each) => each.name === name && each.running),
      );
      if (still.length === 0) return wished.length === 0 ? [] : fine(`${listed(wished)}.`);
      const masked = still.filter((name) => context.state.units[`${name}.service`]?.load === "masked");
      return [
        error(
          `${listed(still)} ${still.length === 1 ? "does" : "do"} not run.`,
          still.includes("hublet-proxy")
            ? "Nobody reaches the hub or a server."
            : "Nobody can sign in or start a server; servers that run go on.",
          {
            fix: [
              ...(masked.length === 0
                ? []
                : [accountStep(context, "systemctl", "--user", "unmask", ...masked.map((name) => `${name}.service`))]),
              accountStep(context, "systemctl", "--user", "daemon-reload"),
              accountStep(context, "systemctl", "--user", "restart", ...still.map((name) => `${name}.service`)),
            ],
            advice: `When that does not help, see: hublet logs. ${AGAIN}`,
            safe: true,
          },
        ),
      ];
    },
  },
];

async function lastWords({ host, state, signal }: CheckContext, unit: string): Promise<string> {
  const argv = [
    "journalctl",
    "-q",
    "--no-pager",
    "-o",
    "cat",
    "-n",
    "5",
    `_UID=${state.account?.uid ?? 0}`,
    `_SYSTEMD_USER_UNIT=${unit}`,
  ];
  const { stdout } = await host.run(argv, { timeout: 5000, signal });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" / ")
    .slice(-400);
}
