/** The host's clock, its journal, and whether it waits for a restart. */
import { error, fine, installSteps, skipped, step, unknown, warning } from "./finding.ts";
import type { Check } from "./types.ts";

/** Seconds that one-time codes and most sign-in providers forgive. */
const FORGIVEN = 30;

export const clockChecks: readonly Check[] = [
  {
    id: "clock",
    group: "kernel",
    title: "the clock is right and kept so",
    deep: false,
    async run(context) {
      const { facts, host, now } = context;
      const there = Number(facts.part("clock"));
      // A host's own clock has nothing to be compared with.
      const off = host.local || !Number.isFinite(there) ? 0 : Math.round(there - now / 1000);
      const why = "One-time codes, tokens of sign-in providers and certificates are refused when the clock is off.";
      const values = facts.values("timedate");
      const synchronised = values.get("NTPSynchronized");
      if (Math.abs(off) > FORGIVEN)
        return [
          error(`The clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} the one of this computer.`, why, {
            fix: [step("timedatectl", "set-ntp", "true")],
            safe: true,
          }),
        ];
      if (synchronised === undefined)
        return context.state.systemd === undefined
          ? skipped("systemd is not the first process.")
          : unknown("timedatectl gave no answer.");
      if (synchronised === "yes") return [];
      if (values.get("CanNTP") === "no")
        return [
          warning("No program keeps the clock right.", why, {
            fix: installSteps(context, { debian: "systemd-timesyncd", fedora: "chrony" }),
            advice: "In a virtual machine or container whose host keeps the clock, this is in order.",
            safe: false,
          }),
        ];
      if (values.get("NTP") === "yes")
        return [
          warning("The clock is not synchronised yet, or no time server answers.", why, {
            advice: "See which servers are asked: timedatectl timesync-status, or chronyc sources.",
          }),
        ];
      return [
        warning("Keeping the clock right is switched off.", why, {
          fix: [step("timedatectl", "set-ntp", "true")],
          safe: true,
        }),
      ];
    },
  },
  {
    id: "reboot",
    group: "kernel",
    title: "the host runs what is installed on it",
    deep: false,
    async run({ facts }) {
      const values = facts.values("reboot");
      const asked = values.get("asked");
      const kernel = values.get("kernel");
      if (asked === undefined && kernel === undefined) return [];
      const why =
        "Updates of kernel and libraries hold only from then on; a kernel whose modules are gone cannot load any, for networks and file systems too.";
      const advice = "Choose a time for it: servers that run are ended, and everything comes back by itself.";
      const what =
        kernel === undefined
          ? `Updates wait for a restart of the host: ${asked?.trim() || "the system says so"}.`
          : `The running kernel ${kernel} is not installed any more: the host waits for a restart.`;
      return [warning(what, why, { advice })];
    },
  },
  {
    id: "journal",
    group: "kernel",
    title: "the journal keeps what happened",
    deep: false,
    async run({ facts, state }) {
      if (state.systemd === undefined) return skipped("systemd is not the first process.");
      const values = facts.values("journal");
      const storage = values.get("Storage") ?? "auto";
      if (storage === "none")
        return [
          warning(
            "The journal is switched off (Storage=none).",
            "After a fault nobody can see what hub and servers said; “hublet logs” shows nothing.",
            {
              fix: [
                step("mkdir", "-p", "/etc/systemd/journald.conf.d", "/var/log/journal"),
                ...journalSteps("Storage=persistent"),
              ],
              safe: true,
            },
          ),
        ];
      if (storage === "volatile" || (storage === "auto" && !values.has("folder")))
        return [
          warning(
            "The journal is kept in memory only.",
            "After a restart of the host nobody can see what happened before.",
            {
              fix: [
                step("mkdir", "-p", "/etc/systemd/journald.conf.d", "/var/log/journal"),
                ...journalSteps("Storage=persistent"),
              ],
              safe: true,
            },
          ),
        ];
      const burst = Number(values.get("RateLimitBurst") ?? "10000");
      if (burst > 0 && burst < 1000)
        return [
          warning(
            `The journal drops what a service says beyond ${burst} lines in ${values.get("RateLimitIntervalSec") ?? "30s"}.`,
            "All servers of a class starting at once say more; the lines that explain a fault are missing then.",
            {
              fix: [step("mkdir", "-p", "/etc/systemd/journald.conf.d"), ...journalSteps("RateLimitBurst=10000")],
              safe: true,
            },
          ),
        ];
      return fine("kept on disk.");
    },
  },
];

/** Later files win, so ours comes last. */
function journalSteps(setting: string) {
  return [
    { argv: ["tee", "/etc/systemd/journald.conf.d/zz-hublet.conf"], input: `[Journal]\n${setting}\n` },
    step("systemctl", "restart", "systemd-journald"),
  ];
}
