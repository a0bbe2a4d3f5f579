/**
 * Another account for all but the opening of ports: for engines that give the right to ports below 1024 to root alone. Needs
 * CAP_NET_BIND_SERVICE, CAP_SETUID and CAP_SETGID, and ends with none of them.
 */
import { HubError } from "../kernel/index.ts";
import type { ProxyAccount } from "./arguments.ts";
import type { ProxyOptions } from "./options.ts";

/**
 * From now on files are the account's; root's rights come back while ports are opened, and are gone for good after that.
 * @throws HubError `usage` unless root calls
 */
export function becoming({ uid, gid }: ProxyAccount): NonNullable<ProxyOptions["opening"]> {
  const { geteuid, seteuid, setegid, setuid, setgid, setgroups } = process;
  if (
    geteuid?.() !== 0 ||
    seteuid === undefined ||
    setegid === undefined ||
    setuid === undefined ||
    setgid === undefined ||
    setgroups === undefined
  )
    throw new HubError("usage", "--become is for a proxy that root starts. Leave it out.");
  setgroups([]);
  setegid(gid);
  seteuid(uid);
  return async (open) => {
    seteuid(0);
    try {
      return await open();
    } finally {
      setgid(gid);
      // Called by effective root, it sets the saved id too: there is no way back.
      setuid(uid);
    }
  };
}
