/** What runs out: memory, open files, watches. */
import { bytesText, error, fine, runningServers, skipped, step, unknown, warning, writeSteps } from "./finding.ts";
import type { Check } from "./types.ts";

export const resourceChecks: readonly Check[] = [
  {
    id: "memory",
    group: "kernel",
    title: "memory is left, and nobody waits for it",
    deep: false,
    async run({ facts }) {
      const values = facts.values("memory");
      const kib = (name: string): number => Number.parseInt(values.get(name) ?? "", 10) * 1024;
      const [total, available, swap] = [kib("MemTotal"), kib("MemAvailable"), kib("SwapTotal")];
      if (!Number.isFinite(total) || !Number.isFinite(available)) return unknown("/proc/meminfo could not be read.");
      const waiting = Number(/^some .*avg300=([\d.]+)/m.exec(facts.part("pressure") ?? "")?.[1] ?? 0);
      const why = "The kernel ends whole servers when memory is used up, with all that was not saved.";
      const advice =
        "Lower server.memory, stop servers that nobody uses sooner (server.idle), or give the host more memory.";
      if (available / total < 0.05)
        return [error(`Only ${bytesText(available)} of ${bytesText(total)} memory are left.`, why, { advice })];
      if (waiting > 10)
        return [
          warning(
            `Programs waited for memory ${Math.round(waiting)} % of the last five minutes.`,
            "Everything is slow, and servers may be ended soon.",
            { advice },
          ),
        ];
      if (swap === 0 && total < 4e9)
        return [
          warning(`This host has ${bytesText(total)} of memory and no swap.`, why, {
            advice:
              "A swap file lets sleeping notebooks wait on disk: fallocate -l 4G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile, and a line in /etc/fstab.",
          }),
        ];
      return fine(`${bytesText(available)} of ${bytesText(total)} are left${swap === 0 ? "; no swap" : ""}.`);
    },
  },
  {
    id: "open-files",
    group: "kernel",
    title: "the account may open enough files",
    deep: false,
    async run(context) {
      const { facts, state } = context;
      const { account } = state;
      if (account === undefined || !account.manager) return skipped("the account's systemd manager does not run.");
      const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(facts.part("limits") ?? "")?.[1];
      if (hard === undefined) return unknown("the limits of the account's manager could not be read.");
      if (hard === "unlimited" || Number(hard) >= 8192) return [];
      // The last by name wins over what set it so low.
      const path = `/etc/systemd/system/user@${account.uid}.service.d/zz-hublet-files.conf`;
      const servers = runningServers(context);
      return [
        warning(
          `The account's programs may open ${hard} files each at most.`,
          "The proxy holds two for each open notebook; beyond this, people are turned away.",
          {
            fix: [
              ...writeSteps(path, "[Service]\nLimitNOFILE=524288\n"),
              step("systemctl", "daemon-reload"),
              step("systemctl", "restart", `user@${account.uid}.service`),
            ],
            advice: servers === 0 ? "" : `The restart ends ${servers} servers that run now.`,
            safe: servers === 0,
          },
        ),
      ];
    },
  },
  {
    id: "inotify",
    group: "kernel",
    title: "enough files can be watched",
    deep: false,
    async run({ facts }) {
      const values = facts.values("sysctl");
      const low = [
        { key: "fs/inotify/max_user_instances", least: 128, good: 1024 },
        { key: "fs/inotify/max_user_watches", least: 8192, good: 524_288 },
      ].filter(({ key, least }) => Number(values.get(key) ?? least) < least);
      if (low.length === 0) return [];
      const settings = low.map(({ key, good }) => `${key.replaceAll("/", ".")}=${good}`);
      return [
        warning(
          `The kernel allows few watches: ${low.map(({ key }) => `${key.replaceAll("/", ".")} is ${values.get(key) ?? "?"}`).join(", ")}.`,
          "Servers share them: the hub misses changed files, and JupyterLab and code-server fail with “too many open files”.",
          {
            fix: [
              { argv: ["tee", "/etc/sysctl.d/90-hublet-inotify.conf"], input: `${settings.join("\n")}\n` },
              step("sysctl", "-w", ...settings),
            ],
            safe: true,
          },
        ),
      ];
    },
  },
];
