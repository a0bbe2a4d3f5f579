/** Which server is meant, and what one is before it was ever started. */
import type { ServerView } from "../../../src/contract/index.ts";

/** `name` `""` is the default server. */
export interface ServerKey {
  readonly user: string;
  readonly name: string;
}

/** A server as it is before its first start. */
export function neverStarted({ user, name }: ServerKey): ServerView {
  return {
    user,
    name,
    state: "stopped",
    since: new Date().toISOString(),
    started: null,
    lastActivity: null,
    url: "",
    profile: null,
    image: null,
    imageDigest: null,
    options: {},
    stopsAt: null,
    stopsBecause: null,
    stoppedBecause: null,
    failure: null,
  };
}
