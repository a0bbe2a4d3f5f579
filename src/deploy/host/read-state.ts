import { HubError } from "../../kernel/index.ts";
import type { Host } from "./port.ts";
import type { HostState, HostStateWish } from "./state.ts";

/** Reads all that is asked for in one go. @throws HubError `host-unreachable`, `command-failed`, `host-unsuitable` */
export async function readHostState(_host: Host, _wish: HostStateWish): Promise<HostState> {
  throw new HubError("internal", "not written yet");
}
