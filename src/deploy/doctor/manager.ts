/** The account's own systemd manager: that it is there, stays, and has its folder. */
import {
  accountStep,
  error,
  installSteps,
  NEEDS_ROOT,
  runningServers,
  skipped,
  step,
  unknown,
  warning,
} from "./finding.ts";
import type { Check, CheckContext, NotLooked } from "./types.ts";

export const managerChecks: readonly Check[] = [
  {
    id: "account",
    group: "account",
    title: "the service account exists and owns its home",
    deep: false,
    async run(context) {
      const { account } = context.state;
      const { target } = context;
      if (account === undefined) {
        if (context.deployed)
          return [
            error(`The account ${target.account} is gone.`, "Hub, proxy and people's servers run as this account.", {
              advice: `Run “hublet apply”: it makes the account again, with the uid that owns ${target.home}.`,
            }),
          ];
        return skipped(`there is no account ${target.account} yet: “hublet up” or “hublet apply” makes it.`);
      }
      if (account.homeOwner === account.uid) return [];
      const owner = account.homeOwner === undefined ? "is missing" : `belongs to uid ${account.homeOwner}`;
      return [
        error(
          `The home ${account.home} of ${account.name} (uid ${account.uid}) ${owner}.`,
          context.engine === "docker"
            ? "The hub's state is in it."
            : "Podman keeps images, volumes and its state there.",
          {
            fix: [step("install", "-d", "-o", account.name, "-g", String(account.gid), "-m", "0700", account.home)],
            safe: true,
          },
        ),
      ];
    },
  },
  {
    id: "linger",
    group: "account",
    title: "the account's programs start at boot and outlive sessions",
    deep: false,
    async run(context) {
      const { account } = context.state;
      const absent = withoutManager(context);
      if (absent !== undefined) return absent;
      if (account === undefined || account.linger) return [];
      const why =
        "Without it systemd ends everything of the account when its last session ends, and starts nothing at boot.";
      return [
        error(`Lingering is off for ${account.name}.`, why, {
          fix: [step("loginctl", "enable-linger", account.name)],
          safe: true,
        }),
      ];
    },
  },
  {
    id: "user-manager",
    group: "account",
    title: "the account's systemd manager runs",
    deep: false,
    async run(context) {
      const { account, userBus, pamSystemd } = context.state;
      const absent = withoutManager(context);
      if (absent !== undefined) return absent;
      if (account === undefined || account.manager) return [];
      const packages = [...(userBus ? [] : ["dbus-user-session"]), ...(pamSystemd ? [] : ["libpam-systemd"])];
      const install =
        packages.length === 0
          ? []
          : installSteps(context, { debian: packages.join(" "), fedora: "dbus-daemon systemd-pam" });
      const lacking = packages.length === 0 ? "" : ` The packages that it needs are missing: ${packages.join(", ")}.`;
      return [
        error(
          `The systemd manager of ${account.name} (user@${account.uid}.service) does not run.${lacking}`,
          "It starts hub, proxy and Podman's socket, and gives containers their control groups.",
          {
            fix: [
              ...install,
              step("loginctl", "enable-linger", account.name),
              // systemd refuses to forget the failure of what never failed.
              ...(context.facts.values("manager").get("ActiveState") === "failed"
                ? [step("systemctl", "reset-failed", `user@${account.uid}.service`)]
                : []),
              step("systemctl", "start", `user@${account.uid}.service`),
            ],
            advice: `When it fails again, see: journalctl -u user@${account.uid}.service -n 30`,
            safe: true,
          },
        ),
      ];
    },
  },
  {
    id: "runtime-folder",
    group: "account",
    title: "the account has its runtime folder",
    deep: false,
    async run(context) {
      const { account } = context.state;
      const absent = withoutManager(context);
      if (absent !== undefined) return absent;
      if (account === undefined) return [];
      const path = `/run/user/${account.uid}`;
      const said = context.facts.part("runtime");
      if (said === undefined) return unknown(`${path} could not be looked at.`);
      const [owner = "", mode = ""] = said.split(" ");
      const why =
        "Podman and systemd keep their sockets and locks there; without it Podman falls back to /tmp and loses its containers.";
      const restart = step("systemctl", "restart", `user-runtime-dir@${account.uid}.service`);
      if (said === "")
        return [
          error(`${path} is missing.`, why, {
            fix: [restart, step("systemctl", "restart", `user@${account.uid}.service`)],
            safe: runningServers(context) === 0,
          }),
        ];
      const findings = [];
      if (Number(owner) !== account.uid)
        findings.push(
          error(`${path} belongs to uid ${owner}, not to ${account.name} (uid ${account.uid}).`, why, {
            fix: [step("chown", `${account.uid}:${account.gid}`, path)],
            safe: true,
          }),
        );
      if (Number.parseInt(mode, 8) !== 0o700)
        findings.push(
          error(
            `${path} has mode ${mode}, not 700.`,
            "Podman and D-Bus refuse a folder that others may enter, or others reach the sockets in it.",
            {
              fix: [step("chmod", "700", path)],
              safe: true,
            },
          ),
        );
      return findings;
    },
  },
  {
    id: "user-bus",
    group: "account",
    title: "the account's manager has a bus",
    deep: false,
    async run(context) {
      if (context.state.systemd === undefined) return skipped("systemd is not the first process.");
      if (context.state.userBus) return [];
      return [
        error(
          "The package that gives each user manager a bus is missing.",
          "Without it Podman cannot ask systemd for control groups, and starts containers without limits or not at all.",
          {
            fix: installSteps(context, { debian: "dbus-user-session", fedora: "dbus-daemon" }),
            safe: true,
          },
        ),
      ];
    },
  },
  {
    id: "podman-socket",
    group: "engine",
    title: "Podman's socket waits in the account's manager",
    deep: false,
    async run(context) {
      const { account } = context.state;
      if (!context.deployed) return skipped("“hublet up” starts Podman's service by itself.");
      if (account === undefined || !account.manager) return skipped("the account's systemd manager does not run.");
      const values = context.facts.values("podman-socket");
      if (values.size === 0) return NEEDS_ROOT;
      const active = values.get("ActiveState") ?? "";
      const enabled = values.get("UnitFileState") ?? "";
      if (active === "active" && enabled === "enabled") return [];
      const masked = values.get("LoadState") === "masked";
      const why = "The hub starts people's servers through this socket.";
      return [
        (active === "active" ? warning : error)(
          active === "active"
            ? `podman.socket is ${enabled || "not enabled"}: it runs now, but would be missing after the next boot.`
            : `podman.socket is ${masked ? "masked" : active || "unknown"}.`,
          why,
          {
            fix: [
              ...(masked ? [accountStep(context, "systemctl", "--user", "unmask", "podman.socket")] : []),
              accountStep(context, "systemctl", "--user", "enable", "--now", "podman.socket"),
            ],
            safe: true,
          },
        ),
      ];
    },
  },
];

function withoutManager(context: CheckContext): NotLooked | undefined {
  if (context.state.systemd === undefined) return skipped("systemd is not the first process.");
  if (context.state.account === undefined) return skipped("the account is not there yet.");
  return undefined;
}
