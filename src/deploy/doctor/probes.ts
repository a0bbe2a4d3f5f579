/** Runs the doctor's questions side by side: together they take as long as the slowest of them. */
import { dirname } from "node:path";
import { randomHex } from "../../kernel/index.ts";
import type { Host, HostRunOptions } from "../host/port.ts";
import type { HostState } from "../host/state.ts";
import { type Facts, factsFrom, splitParts } from "./facts.ts";
import { CLOCK, DENIALS, DOCKER, ENGINE, NAMES, SYSTEM } from "./probe-scripts.ts";
import type { Target } from "./types.ts";

/** Longest wait for one script: a mount or directory service that hangs must not keep the rest. */
const PATIENCE_MS = 15_000;

export interface ProbeOptions {
  readonly target: Target;
  readonly state: HostState;
  /** The name people type; "" for none. */
  readonly publicName: string;
  /** Docker's socket, where that runs the deployment: Podman is not asked then, which would leave processes behind. */
  readonly docker: string | undefined;
  readonly signal: AbortSignal;
}

/** A script that fails leaves its parts unknown. @throws HubError `host-unreachable` */
export async function readFacts(host: Host, options: ProbeOptions): Promise<Facts> {
  const { target, state, publicName, docker, signal } = options;
  const { account } = state;
  const mark = randomHex(12);
  const ask = async (script: string, words: readonly string[], more: HostRunOptions = {}): Promise<string> => {
    const argv = ["sh", "-s", "--", mark, ...words];
    return (await host.run(argv, { input: script, timeout: PATIENCE_MS, signal, ...more })).stdout;
  };
  const config = dirname(target.configFile);
  const outputs = await Promise.all([
    ask(SYSTEM, [String(account?.uid ?? -1), account?.home ?? target.home, target.state, config]),
    ask(CLOCK, []),
    ask(NAMES, [publicName]),
    ask(DENIALS, []),
    // In the manager, which then owns what Podman leaves running.
    account === undefined || docker !== undefined ? "" : ask(ENGINE, [], { as: account, managed: account.manager }),
    docker === undefined ? "" : ask(DOCKER, [docker]),
  ]);
  return factsFrom(Object.assign({}, ...outputs.map((output) => splitParts(output, mark))));
}
