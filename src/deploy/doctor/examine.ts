/** Reads a host, looks at it by every check, and says what was found. */
import { dirname, join } from "node:path";
import type { Config } from "../../contract/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { readCompose } from "../docker/compose-read.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import { dockerWish } from "../docker/wish.ts";
import type { Host } from "../host/port.ts";
import { readHostState } from "../host/read-state.ts";
import type { DeployedEngine } from "../model/deployment.ts";
import { deployedEngine } from "../model/describe.ts";
import { NO_RECORDS, readRecords } from "../plan/records.ts";
import type { Generation } from "../plan/types.ts";
import { QUADLET_FOLDER, UNIT_FOLDER } from "../plan/unit-texts.ts";
import { publicName } from "./address.ts";
import { CHECKS } from "./checks.ts";
import { isPodmanOnly } from "./podman-only.ts";
import { readFacts } from "./probes.ts";
import type { Check, CheckContext, CheckOutcome, Finding, Target } from "./types.ts";

/** Checks that start containers or programs of the host are bounded together. */
const AT_ONCE = 6;

export interface ExamineOptions {
  readonly target: Target;
  readonly config: Config | undefined;
  readonly configProblem: string | undefined;
  /** Also what needs a container or takes seconds. */
  readonly deep: boolean;
  /** Ids of the only checks to do; none for all. */
  readonly only: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** @throws HubError `usage` for an unknown id, `host-unreachable` */
export async function examine(host: Host, options: ExamineOptions): Promise<readonly CheckOutcome[]> {
  const checks = chosen(options);
  const context = await contextOf(host, options);
  const outcomes: CheckOutcome[] = [];
  const waiting = [...checks.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, check] = next;
      outcomes[index] = await outcomeOf(check, context, options);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

function chosen({ only }: ExamineOptions): readonly Check[] {
  const strange = only.filter((id) => !CHECKS.some((check) => check.id === id));
  if (strange.length > 0)
    throw new HubError(
      "usage",
      `There is no check ${strange.join(", ")}. There are: ${CHECKS.map(({ id }) => id).join(", ")}.`,
    );
  return only.length === 0 ? CHECKS : CHECKS.filter(({ id }) => only.includes(id));
}

async function outcomeOf(check: Check, context: CheckContext, { deep, only }: ExamineOptions): Promise<CheckOutcome> {
  const about = { id: check.id, group: check.group, title: check.title };
  if (context.engine === "docker" && isPodmanOnly(check.id))
    return {
      ...about,
      outcome: "skipped",
      findings: [],
      note: "it is of rootless Podman, and the deployment runs in Docker.",
    };
  // Who names a deep check means it.
  if (check.deep && !deep && !only.includes(check.id))
    return { ...about, outcome: "unknown", findings: [], note: "looked at with --deep only: it runs a container." };
  try {
    const found = await check.run(context);
    if ("outcome" in found) return { ...about, outcome: found.outcome, findings: [], note: found.note };
    return { ...about, outcome: worst(found), findings: found, note: undefined };
  } catch (error) {
    if (error instanceof HubError && error.code === "host-unreachable") throw error;
    context.signal.throwIfAborted();
    return { ...about, outcome: "unknown", findings: [], note: `it could not be looked at: ${messageOf(error)}` };
  }
}

function worst(findings: readonly Finding[]): "ok" | "warning" | "error" {
  if (findings.some(({ severity }) => severity === "error")) return "error";
  return findings.length > 0 ? "warning" : "ok";
}

async function contextOf(host: Host, options: ExamineOptions): Promise<CheckContext> {
  const { target, config, configProblem, now, signal } = options;
  const { account, home } = target;
  const records = await readRecords(host, target.records).catch((error: unknown) => {
    // Damaged records are for “hublet apply” to tell; the rest of the host is looked at all the same.
    if (error instanceof HubError && error.code === "state-unusable") return NO_RECORDS;
    throw error;
  });
  const units = Object.keys(records.current?.units ?? {});
  const engine = engineOf(records.current, config);
  const docker = dockerWish({ engine, account, records: target.records, state: target.state });
  const state = await readHostState(host, {
    account,
    home,
    files: [
      target.state,
      dirname(target.configFile),
      ...units.map((path) => join(docker === undefined ? home : target.records, path)),
    ],
    contents: docker === undefined ? [] : [docker.launch],
    folders: docker === undefined ? [join(home, QUADLET_FOLDER), join(home, UNIT_FOLDER)] : [docker.secrets],
    docker,
    units: units.flatMap(serviceOf),
  });
  const facts = await readFacts(host, {
    target,
    state,
    publicName: publicName({ config }),
    docker: docker?.socket,
    signal,
  });
  const generation = records.current;
  return {
    engine: engine.kind,
    dockerSocket: docker?.socket,
    ...{ host, target, state, facts, config, configProblem, generation, now, signal },
    deployed: generation !== undefined,
    privileged: facts.part("id") === "0",
  };
}

/** As it was applied; before that, as the configuration has it. */
function engineOf(current: Generation | undefined, config: Config | undefined): DeployedEngine {
  const compose = current?.units[COMPOSE_FILE];
  if (compose !== undefined) return { kind: "docker", socket: readCompose(compose).socket };
  return current === undefined && config !== undefined ? deployedEngine(config, {}) : { kind: "podman" };
}

/** `….container` gives `NAME.service`; other units are called by their file. */
function serviceOf(path: string): string[] {
  const file = path.slice(path.lastIndexOf("/") + 1);
  if (path.startsWith(`${QUADLET_FOLDER}/`))
    return file.endsWith(".container") ? [file.replace(/container$/, "service")] : [];
  return path.startsWith(`${UNIT_FOLDER}/`) ? [file] : [];
}
