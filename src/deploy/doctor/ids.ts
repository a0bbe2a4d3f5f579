/** The ids that containers without root live in. */
import { parsePasswd } from "../account-plan.ts";
import { freeRange, type IdRange, LEAST_COUNT, type OwnedRange, overlaps, parseRanges } from "../subids.ts";
import { accountStep, error, installSteps, NEEDS_ROOT, runningServers, skipped, step, warning } from "./finding.ts";
import type { Check, CheckContext, Finding, FixStep } from "./types.ts";

const NEEDS_IDS =
  "Images hold files of many owners; without 65,536 ids they cannot be unpacked, and people's servers cannot have owners of their own.";

export const idChecks: readonly Check[] = [
  {
    id: "subid-range",
    group: "account",
    title: "the account has ranges of subordinate ids that are wide enough",
    deep: false,
    async run(context) {
      const { account, accountFiles } = context.state;
      if (account === undefined) return skipped("the account is not there yet.");
      const short = (["subuid", "subgid"] as const).flatMap((kind) => {
        const own = ownRanges(context, accountFiles[kind]);
        const count = own.reduce((sum, range) => sum + range.count, 0);
        return count >= LEAST_COUNT ? [] : [{ kind, own, count }];
      });
      if (short.length === 0) return [];
      const range = freeFor(context);
      const said = short
        .map(({ kind, count }) => `/etc/${kind} gives ${count === 0 ? "none" : `only ${count}`}`)
        .join(", ");
      const problem = `${account.name} needs ${LEAST_COUNT} subordinate ids of each kind: ${said}.`;
      if (range === undefined)
        return [
          error(problem, NEEDS_IDS, {
            advice:
              "No range of this width is free: remove lines of accounts that are gone from /etc/subuid and /etc/subgid.",
          }),
        ];
      const adds = short.flatMap(({ kind }) => [kind === "subuid" ? "--add-subuids" : "--add-subgids", textOf(range)]);
      return [
        error(problem, NEEDS_IDS, {
          fix: [step("usermod", ...adds, account.name), ...migrate(context)],
          safe: runningServers(context) === 0,
          ...(runningServers(context) === 0 ? {} : { advice: "Podman's new mapping ends the servers that run now." }),
        }),
      ];
    },
  },
  {
    id: "subid-overlap",
    group: "account",
    title: "nobody else has the account's subordinate ids",
    deep: false,
    async run(context) {
      const { account, accountFiles } = context.state;
      if (account === undefined) return skipped("the account is not there yet.");
      const people = parsePasswd(accountFiles.passwd);
      return (["subuid", "subgid"] as const).flatMap((kind) => {
        const own = ownRanges(context, accountFiles[kind]);
        const others = parseRanges(accountFiles[kind]).filter(({ owner }) =>
          own.every((range) => range.owner !== owner),
        );
        return own.flatMap((range): Finding[] => {
          const rivals = others.filter((other) => overlaps(range, other));
          const real =
            kind === "subuid" ? people.filter(({ uid, name }) => name !== account.name && within(uid, range)) : [];
          return [
            ...rivals.map((rival) => overlapOf(context, kind, range, rival)),
            ...real
              .slice(0, 1)
              .map(({ name, uid }) =>
                error(
                  `The range ${textOf(range)} of ${account.name} in /etc/${kind} holds uid ${uid} of ${name}.`,
                  "A process in a container can then own the files of that account, and read them.",
                  { advice: moveAdvice(context, kind, range) },
                ),
              ),
          ];
        });
      });
    },
  },
  {
    id: "id-mapping-tools",
    group: "kernel",
    title: "newuidmap and newgidmap are there and privileged",
    deep: false,
    async run(context) {
      const found = context.facts.values("idmap");
      const why = "They write the map of ids of each container; only root or these two may do that.";
      const missing = ["newuidmap", "newgidmap"].filter((name) => !found.has(name));
      if (missing.length > 0)
        return [
          error(`${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} missing.`, why, {
            fix: installSteps(context, { debian: "uidmap", fedora: "shadow-utils" }),
            safe: true,
          }),
        ];
      return [...found].flatMap(([name, facts]) => {
        const [mode = "", owner = "", capabilities = ""] = facts.split(" ");
        const setuid = (Number.parseInt(mode, 8) & 0o4000) !== 0 && owner === "0";
        const able = capabilities.includes(name === "newuidmap" ? "cap_setuid" : "cap_setgid");
        if (setuid || able) return [];
        return [
          error(`${name} (mode ${mode}, owner uid ${owner}) is neither setuid root nor has its file capability.`, why, {
            fix: [step("chown", "root:root", pathOf(context, name)), step("chmod", "4755", pathOf(context, name))],
            safe: true,
          }),
        ];
      });
    },
  },
  {
    id: "user-namespaces",
    group: "kernel",
    title: "the kernel lets ordinary accounts make user namespaces",
    deep: false,
    async run({ facts, state }) {
      const values = facts.values("sysctl");
      const why = "Containers without root live in user namespaces; none can start.";
      const findings: Finding[] = [];
      const off = (key: string, good: string, problem: string, severe: typeof error): void => {
        const path = `/etc/sysctl.d/90-hublet-${key.split("/").at(-1)?.replaceAll("_", "-")}.conf`;
        const setting = `${key.replaceAll("/", ".")}=${good}`;
        findings.push(
          severe(problem, why, {
            fix: [{ argv: ["tee", path], input: `${setting}\n` }, step("sysctl", "-w", setting)],
            advice: "Where an administrator switched this off on purpose, ask them first.",
            safe: true,
          }),
        );
      };
      if (values.get("kernel/unprivileged_userns_clone") === "0")
        off("kernel/unprivileged_userns_clone", "1", "kernel.unprivileged_userns_clone is 0.", error);
      const most = Number(values.get("user/max_user_namespaces") ?? "1");
      if (most < 100)
        off(
          "user/max_user_namespaces",
          "15000",
          `user.max_user_namespaces is ${most}${most === 0 ? "" : ", and each server needs one or two"}.`,
          error,
        );
      // Ubuntu ships a profile that lets Podman through, so the restriction alone is no fault.
      if (
        values.get("kernel/apparmor_restrict_unprivileged_userns") === "1" &&
        facts.part("uid-map") === "" &&
        state.podman !== undefined
      )
        off(
          "kernel/apparmor_restrict_unprivileged_userns",
          "0",
          "AppArmor keeps ordinary accounts from user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1), and Podman cannot make one.",
          error,
        );
      return findings;
    },
  },
  {
    id: "id-mapping-stale",
    group: "account",
    title: "Podman works with the account's present subordinate ids",
    deep: false,
    async run(context) {
      const { account, podman } = context.state;
      if (account === undefined || podman === undefined) return skipped("there is no account with Podman yet.");
      const map = context.facts.lines("uid-map").map((line) => line.trim().split(/\s+/).map(Number));
      if (map.length === 0)
        return context.privileged ? skipped("Podman gave no map of ids; see podman-state.") : NEEDS_ROOT;
      const own = ownRanges(context, context.state.accountFiles.subuid);
      const mapped = map.filter(([inside]) => inside !== 0).map(([, start = 0, count = 0]) => ({ start, count }));
      const strange = mapped.filter(
        (range) => !own.some((mine) => within(range.start, mine) && within(range.start + range.count - 1, mine)),
      );
      if (strange.length === 0 && (mapped.length > 0 || own.length === 0)) return [];
      const servers = runningServers(context);
      return [
        warning(
          `Podman maps ${mapped.map(textOf).join(", ") || "no subordinate ids"}, while /etc/subuid gives ${own.map(textOf).join(", ") || "none"}.`,
          "Podman keeps the map of its first container until it is told; images then fail to unpack, and files get owners of another range.",
          {
            fix: migrate(context),
            advice: servers === 0 ? "" : `This ends ${servers} servers that run now.`,
            safe: servers === 0,
          },
        ),
      ];
    },
  },
];

/** Podman keeps its map of ids in a process that outlives changes of /etc/subuid. */
function migrate(context: CheckContext): readonly FixStep[] {
  return context.state.podman === undefined ? [] : [accountStep(context, "podman", "system", "migrate")];
}

function ownRanges(context: CheckContext, file: string): readonly OwnedRange[] {
  const { account } = context.state;
  return parseRanges(file).filter(({ owner }) => owner === account?.name || owner === String(account?.uid));
}

function freeFor({ state }: CheckContext): IdRange | undefined {
  const { passwd, subuid, subgid, running = [] } = state.accountFiles;
  const ids = [...parsePasswd(passwd).flatMap(({ uid, gid }) => [uid, gid]), ...running];
  return freeRange([...parseRanges(subuid), ...parseRanges(subgid)], ids);
}

function overlapOf(context: CheckContext, kind: "subuid" | "subgid", range: IdRange, rival: OwnedRange): Finding {
  const why = "Containers of one account can own, and so read and change, the files of the other's containers.";
  const problem = `The range ${textOf(range)} in /etc/${kind} overlaps ${textOf(rival)} of ${rival.owner}.`;
  return error(problem, why, { advice: moveAdvice(context, kind, range, rival) });
}

/** Moving a range changes the owner of every file of containers: a person has to look whose files are to stay. */
function moveAdvice(context: CheckContext, kind: string, range: IdRange, rival?: OwnedRange): string {
  const free = freeFor(context);
  const name = context.state.account?.name ?? context.target.account;
  const option = kind === "subuid" ? "subuids" : "subgids";
  const [whom, which] = rival === undefined ? [name, range] : [rival.owner, rival];
  const to = free === undefined ? "" : ` && usermod --add-${option} ${textOf(free)} ${whom}`;
  return `Give one of them another range; files of containers that were made with the old range must then be made anew or given other owners. For ${whom}, when it has no containers: usermod --del-${option} ${textOf(which)} ${whom}${to}`;
}

function pathOf(context: CheckContext, name: string): string {
  return context.state.commands[name] ?? `/usr/bin/${name}`;
}

function within(id: number, { start, count }: IdRange): boolean {
  return id >= start && id < start + count;
}

function textOf({ start, count }: IdRange): string {
  return `${start}-${start + count - 1}`;
}
