/** Who may read and write what belongs to the hub. */
import { dirname, join } from "node:path";
import { error, listed, NEEDS_ROOT, skipped, step, warning } from "./finding.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

/** Files of the state that must be the account's alone. */
const SECRET_STATE = /\/(hublet\.db(-wal|-shm)?|secrets\/[^/]+|routes\.json|run\/proxy\.json)$/;

interface Entry {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly kind: string;
  readonly path: string;
}

export const permissionChecks: readonly Check[] = [
  {
    id: "state-permissions",
    group: "deployment",
    title: "the state folder is the account's alone",
    deep: false,
    async run(context) {
      const { account } = context.state;
      const entries = entriesOf(context, "state-files");
      if (account === undefined || entries.length === 0)
        return context.privileged
          ? skipped("there is no state folder yet.")
          : skipped("there is no state folder here, or you may not read it.");
      const { state } = context.target;
      const findings: Finding[] = [];
      const folder = entries.find(({ path }) => path === state);
      const strangers = entries.filter(({ uid }) => uid !== account.uid && !(uid === 0 && !context.deployed));
      // Files of containers have other owners below the engine's folders; here only ours are looked at.
      if (strangers.length > 0)
        findings.push(
          error(
            `${listed(
              strangers.map(({ path }) => path),
              3,
            )} in the state folder belong to uid ${[...new Set(strangers.map(({ uid }) => uid))].join(", ")}, not to ${account.name} (uid ${account.uid}).`,
            "The hub cannot write there, and does not start or loses changes.",
            {
              fix: [step("chown", "-h", `${account.uid}:${account.gid}`, ...strangers.map(({ path }) => path))],
              safe: true,
            },
          ),
        );
      if (folder !== undefined && (folder.mode & 0o077) !== 0)
        findings.push(
          error(
            `The state folder ${state} has mode ${folder.mode.toString(8)}: others of this host may look into it.`,
            "It holds keys, hashes of passwords and people's names.",
            {
              fix: [step("chmod", "700", state)],
              safe: true,
            },
          ),
        );
      const wide = entries.filter(
        ({ mode, kind, path }) => kind === "f" && SECRET_STATE.test(path) && (mode & 0o077) !== 0,
      );
      if (wide.length > 0)
        findings.push(
          error(
            `${listed(
              wide.map(({ path, mode }) => `${path} (mode ${mode.toString(8)})`),
              3,
            )} may be read by others.`,
            "These files hold keys, tokens or hashes of passwords.",
            {
              fix: [step("chmod", "600", ...wide.map(({ path }) => path))],
              safe: true,
            },
          ),
        );
      return findings;
    },
  },
  {
    id: "config-permissions",
    group: "deployment",
    title: "the configuration can be read by the account, and changed by nobody else",
    deep: false,
    async run(context) {
      const { account } = context.state;
      const entries = entriesOf(context, "config-files").filter(({ kind }) => kind === "f" || kind === "d");
      if (entries.length === 0)
        return context.privileged ? skipped("there is no configuration folder here.") : NEEDS_ROOT;
      const findings: Finding[] = [];
      const writable = entries.filter(({ mode }) => (mode & 0o002) !== 0);
      if (writable.length > 0)
        findings.push(
          error(
            `Everybody on this host may change ${listed(
              writable.map(({ path }) => path),
              3,
            )}.`,
            "Whoever changes the configuration is an admin of the hub, and with mounts reads every file of the account.",
            {
              fix: [step("chmod", "o-w", ...writable.map(({ path }) => path))],
              safe: true,
            },
          ),
        );
      const owner = entries.filter(({ uid }) => uid !== 0 && uid !== account?.uid);
      if (context.deployed && owner.length > 0)
        findings.push(
          warning(
            `${listed(
              owner.map(({ path, uid }) => `${path} (uid ${uid})`),
              3,
            )} do not belong to root.`,
            "Their owner can change the configuration.",
            {
              fix: [step("chown", "root", ...owner.map(({ path }) => path))],
              safe: true,
            },
          ),
        );
      if (account !== undefined && context.privileged) {
        const hidden = entries.filter(({ uid, gid, mode, kind, path }) => {
          // The folder may hold another hub's file, given to that one's account: to take it away would break that hub.
          if (path !== context.target.configFile && gid !== 0 && gid !== account.gid && (mode & 0o040) !== 0)
            return false;
          const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
          return (bits & (kind === "d" ? 0o5 : 0o4)) !== (kind === "d" ? 0o5 : 0o4);
        });
        if (hidden.length > 0)
          findings.push(
            error(
              `${account.name} cannot read ${listed(
                hidden.map(({ path }) => path),
                3,
              )}.`,
              "The hub refuses a configuration that it cannot read as a whole, and works on with the older one.",
              {
                fix: [
                  step("chgrp", account.name, ...hidden.map(({ path }) => path)),
                  step("chmod", "g+rX", ...hidden.map(({ path }) => path)),
                ],
                safe: true,
              },
            ),
          );
      }
      return findings;
    },
  },
  {
    id: "secret-permissions",
    group: "deployment",
    title: "secrets are closed to other accounts",
    deep: false,
    async run(context) {
      const folder = join(dirname(context.target.configFile), "secrets");
      const entries = entriesOf(context, "config-files").filter(
        ({ kind, path }) => kind === "f" && (path.startsWith(`${folder}/`) || /\.(key|key\.pem)$/.test(path)),
      );
      if (entries.length === 0) return skipped("there are no files with secrets beside the configuration.");
      const wide = entries.filter(({ mode }) => (mode & 0o007) !== 0);
      if (wide.length === 0) return [];
      return [
        error(
          `Everybody on this host may read ${listed(
            wide.map(({ path, mode }) => `${path} (mode ${mode.toString(8)})`),
            3,
          )}.`,
          "Whoever has the client secret or the key of the certificate can pretend to be this hub.",
          {
            fix: [step("chmod", "o-rwx", ...wide.map(({ path }) => path))],
            advice: "If other people have accounts here, take the secrets for known, and make new ones.",
            safe: true,
          },
        ),
      ];
    },
  },
];

/** Lines of `find -printf '%m %U %G %y %p'`. */
function entriesOf(context: CheckContext, part: string): Entry[] {
  return context.facts.lines(part).flatMap((line) => {
    const match = /^(\d+) (\d+) (\d+) (\S) (.*)$/.exec(line);
    const [, mode = "", uid = "", gid = "", kind = "", path = ""] = match ?? [];
    return match === null ? [] : [{ mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid), kind, path }];
  });
}
