/** The command `hublet` on a host that has no program of its own: runs the command line in the hub's container. */
import { containerName } from "../docker/project.ts";
import { shellQuote } from "../host/quote.ts";
import type { Deployment } from "../model/deployment.ts";
import { sameContent, WRAPPER } from "../plan/situation.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep } from "../plan/types.ts";
import { HUB } from "./hub-program.ts";

/** By this line a wrapper of ours is known. */
const MARK = "# Written by hublet apply";

/** @param account and the socket match the configuration's rules: nothing in them means anything to a shell */
export function wrapperText({ account, engine }: Pick<Deployment, "account" | "engine">): string {
  return `#!/bin/sh
${MARK}; “hublet uninstall” removes it. Runs Hublet's command line in the hub's container.
if [ "$(id -u)" != 0 ]; then
  echo "hublet: run this as root: sudo hublet …" >&2
  exit 1
fi
terminal=
if [ -t 0 ] && [ -t 1 ]; then terminal=-t; fi
cd / || exit 1
${engine.kind === "docker" ? dockerLines(engine.socket, containerName(account, HUB)) : podmanLines(account)} \\
  /node --disable-warning=ExperimentalWarning /app/src/main/cli.ts "$@"
`;
}

function podmanLines(account: string): string {
  return `account=${account}
# A process of the account whose terminal were root's could type into root's shell.
pty=--pty session=
if [ -z "$terminal" ]; then pty= session="setsid --wait"; fi
runtime=/run/user/$(id -u "$account")
# By its socket: Podman in root's session may not put processes into the containers of the account's.
exec $session runuser $pty -u "$account" -- env "XDG_RUNTIME_DIR=$runtime" \\
  podman --url "unix://$runtime/podman/podman.sock" exec -i $terminal ${HUB}`;
}

/** The daemon gives the process a terminal of its own. */
function dockerLines(socket: string, container: string): string {
  return `exec docker --host ${shellQuote([`unix://${socket}`])} exec -i $terminal ${container}`;
}

export function planWrapper({ deployment }: Target, { state }: Situation, local: boolean): PlannedStep[] {
  if (local) return [];
  const text = wrapperText(deployment);
  const file = state.files[WRAPPER];
  if (sameContent(file, text) && ((file?.mode ?? 0) & 0o7777) === 0o755) return [];
  // Somebody's own program of that name stays.
  if (file !== undefined && !isWrapper(state.contents[WRAPPER])) return [];
  return [
    {
      kind: "services",
      title: `install the command ${WRAPPER}, which runs Hublet's command line in the hub's container`,
      diff: [`${file === undefined ? "+" : "~"} ${WRAPPER}`],
      disturbs: undefined,
      run: ({ host }) => host.writeFiles([{ path: WRAPPER, content: text, mode: 0o755 }]),
    },
  ];
}

export function isWrapper(content: string | undefined): boolean {
  return content?.includes(MARK) === true;
}
