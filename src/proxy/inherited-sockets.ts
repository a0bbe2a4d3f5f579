import { HubError } from "../kernel/index.ts";
import type { Listen } from "./options.ts";

/** Sockets that listen already when the proxy starts, by what is served there. */
export interface InheritedSockets {
  /** At least one. */
  readonly public: readonly Listen[];
  readonly redirect: readonly Listen[];
}

/** File descriptors 0 to 2 are the standard ones (sd_listen_fds(3): SD_LISTEN_FDS_START). */
const FIRST_FD = 3;
const NAMES = "Name them with FileDescriptorName=public or FileDescriptorName=redirect in their .socket units.";

/**
 * The sockets that systemd hands to a service, as sd_listen_fds(3) describes it. They stay open in systemd, so connections
 * that come between two proxies wait there; closing ours ends nothing but our share.
 * @param environment `LISTEN_PID`, `LISTEN_FDS`, `LISTEN_FDNAMES`
 * @throws HubError `usage` when there are none, they are for another process, or a name is unknown
 */
export function inheritedSockets(environment: NodeJS.ProcessEnv, pid: number): InheritedSockets {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = "" } = environment;
  const count = Number(LISTEN_FDS ?? "0");
  if (LISTEN_PID === undefined || !Number.isInteger(count) || count < 1)
    throw unusable("no socket was handed over (LISTEN_FDS). Start the proxy by a .socket unit of systemd.");
  if (LISTEN_PID !== String(pid))
    throw unusable(
      `the sockets are for process ${LISTEN_PID}, and this is ${pid}. Start it without another program in between.`,
    );
  const names = LISTEN_FDNAMES.split(":");
  const found = { public: [] as Listen[], redirect: [] as Listen[] };
  for (let index = 0; index < count; index++) {
    const name = names[index] ?? "";
    if (name !== "public" && name !== "redirect")
      throw unusable(`socket ${index + 1} of ${count} is called “${name}”, which is unknown. ${NAMES}`);
    found[name].push({ fd: FIRST_FD + index });
  }
  if (found.public.length === 0) throw unusable(`none of the ${count} is called “public”. ${NAMES}`);
  return found;
}

function unusable(why: string): HubError {
  return new HubError("usage", `--sockets-from-systemd cannot be obeyed: ${why}`);
}
