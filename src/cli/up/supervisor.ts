/** The second stage of `hublet up`: runs as the account, keeps engine, proxy and hub going, ends them in order. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPodmanService } from "../../deploy/index.ts";
import { ClosingStack, messageOf } from "../../kernel/index.ts";
import { type StatePaths, socketUrl } from "../instance.ts";
import { formatLogLine } from "../log-format.ts";
import { SupervisedChild } from "./child.ts";
import { engineLog } from "./engine-log.ts";
import { lockState } from "./lock.ts";
import type { ChildMessage, LaunchPlan } from "./plan.ts";
import { openStateFolder, readSecret } from "./state-folder.ts";

export interface SupervisorHost {
  /** Writes one line for people. */
  line(text: string): void;
  /** Resolves at the first request to stop (Ctrl-C, SIGTERM). */
  stopRequested: Promise<void>;
}

/**
 * Runs until it is asked to stop.
 * @throws HubError `state-locked`, `state-unusable`, `disk-full`, `engine-unreachable`, or the refusal of hub or proxy
 */
export async function supervise(plan: LaunchPlan, host: SupervisorHost): Promise<void> {
  const paths = openStateFolder(plan.state);
  const closing = new ClosingStack();
  try {
    closing.add(await lockState(plan.state));
    if (plan.engine.kind === "podman") {
      const log = engineLog(join(paths.logs, "engine.log"));
      closing.add(log);
      closing.add(
        await startPodmanService({ env: { ...plan.environment }, socketPath: paths.engineSocket, log: log.write }),
      );
    }
    const planFile = join(paths.run, "plan.json");
    writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 });
    writeFileSync(
      paths.launchFile,
      JSON.stringify({
        pid: process.pid,
        address: plan.address,
        engine: plan.engine.kind,
        why: plan.engine.why,
        config: plan.config,
        started: new Date().toISOString(),
        notes: plan.notes,
      }),
      { mode: 0o600 },
    );
    const terminal = new Terminal(host, plan);
    const child = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      new SupervisedChild({
        name,
        program: join(plan.program, "src", "main", `${name}.ts`),
        args,
        env: { ...plan.environment, ...env },
        logFile: join(paths.logs, `${name}.log`),
        show: (part, line) => terminal.record(part, line),
        onMessage: (message) => terminal.message(message),
      });
    const proxy = closing.add(
      child("proxy", proxyArguments(plan, paths), { CONFIGPROXY_AUTH_TOKEN: readSecret(paths, "proxy.token") }),
    );
    await proxy.start(20);
    const hub = closing.add(child("hub", [planFile]));
    await hub.start(60);
    terminal.ready();
    await host.stopRequested;
    host.line(
      plan.stopServers
        ? "Stopping people's servers, then hub and proxy…"
        : "Stopping hub and proxy. People's servers go on; the next “hublet up” finds them.",
    );
    hub.send({ kind: "stop", stopServers: plan.stopServers });
    if (plan.stopServers) await terminal.serversStopped;
  } finally {
    await closing.close().catch((error: unknown) => host.line(`Not everything ended cleanly: ${messageOf(error)}`));
  }
  host.line("Stopped.");
}

/** The proxy's command line is that of configurable-http-proxy. */
function proxyArguments(plan: LaunchPlan, paths: StatePaths): string[] {
  const { host, port } = plan.listen;
  return [
    ...["--ip", host, "--port", String(port), "--api-socket", paths.proxyApiSocket, "--routes-file", paths.routes],
    ...[
      "--gate-key-file",
      join(paths.secrets, "gate.key"),
      "--error-target",
      `${socketUrl(paths.hubSocket)}/hub/error`,
    ],
    ...["--log-level", plan.logLevel],
  ];
}

/** What the terminal shows: records as readable lines, image progress in steps, the address and the claim link. */
class Terminal {
  readonly #host: SupervisorHost;
  readonly #plan: LaunchPlan;
  readonly serversStopped: Promise<void>;
  #resolveStopped: () => void = () => undefined;
  #claim: Extract<ChildMessage, { kind: "claim" }> | undefined;
  #lastImageLine = "";
  #ready = false;

  constructor(host: SupervisorHost, plan: LaunchPlan) {
    this.#host = host;
    this.#plan = plan;
    this.serversStopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  record(part: string, line: string): void {
    if (/"level":(?:"debug"|20)\b/.test(line)) return; // in the log file; too much for a terminal
    this.#host.line(formatLogLine(part, line));
  }

  message(message: ChildMessage): void {
    if (message.kind === "claim") {
      this.#claim = message;
      if (this.#ready) this.#showClaim();
    } else if (message.kind === "image") this.#image(message);
    else if (message.kind === "stopped-servers") this.#resolveStopped();
  }

  ready(): void {
    this.#ready = true;
    const { address, engine, notes } = this.#plan;
    this.#host.line("");
    this.#host.line(`  Hublet is at  ${address}`);
    this.#host.line(`  Engine        ${engine.why}`);
    for (const note of notes) this.#host.line(`  Note          ${note}`);
    this.#showClaim();
    this.#host.line(
      `  Stop          Ctrl-C (people's servers ${this.#plan.stopServers ? "are stopped too" : "keep running"})`,
    );
    this.#host.line("");
  }

  #showClaim(): void {
    if (this.#claim === undefined) return;
    this.#host.line(`  First admin   ${this.#plan.address}${this.#claim.path}`);
    this.#host.line(
      `                This link makes you “${this.#claim.name}”. It works once, until ${this.#claim.expiresAt}.`,
    );
  }

  /** A line for each phase and each tenth, so that a log file of the terminal stays readable. */
  #image(status: Extract<ChildMessage, { kind: "image" }>): void {
    const percent = status.fraction === null ? "" : ` ${Math.floor(status.fraction * 10) * 10} %`;
    const line = `${status.state === "ready" ? "ready" : `${status.message}${percent}`}`;
    if (line === this.#lastImageLine) return;
    this.#lastImageLine = line;
    this.#host.line(
      formatLogLine(
        "image",
        JSON.stringify({
          time: new Date().toISOString(),
          msg: `${status.reference}: ${line}`,
          ...(status.state === "failed" ? { level: "error" } : {}),
        }),
      ),
    );
  }
}
