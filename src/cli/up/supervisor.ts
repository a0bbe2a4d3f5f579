/** The second stage of `hublet up`: runs as the account, keeps engine, proxy and hub going, ends them in order. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSnapshot } from "../../config/index.ts";
import { type PodmanService, startPodmanService } from "../../deploy/index.ts";
import { ClosingStack, messageOf, Secret } from "../../kernel/index.ts";
import { proxySettingsOf, writeProxySettings } from "../../proxy/index.ts";
import { type StatePaths, socketUrl } from "../instance.ts";
import { formatLogLine } from "../log-format.ts";
import { readableTime } from "../times.ts";
import { SupervisedChild } from "./child.ts";
import { launchRecord } from "./launch-record.ts";
import { lockState } from "./lock.ts";
import { LogFile } from "./log-file.ts";
import type { ChildMessage, LaunchPlan } from "./plan.ts";
import { Registries } from "./registries.ts";
import { ImportedArchives, openScratch } from "./scratch.ts";
import { writeStarted } from "./started.ts";
import { openStateFolder, readSecret } from "./state-folder.ts";

export interface SupervisorHost {
  /** Writes one line for people. */
  line(text: string): void;
  /** Resolves at the first request to stop (Ctrl-C, SIGTERM). */
  stopRequested: Promise<void>;
}

/** Seconds that people's servers may take together to stop. */
const STOP_SERVERS_SECONDS = 120;

/**
 * Runs until it is asked to stop.
 * @param environment of engine, proxy, hub and image builds
 * @returns the exit code: 0, or 1 when servers were to be stopped and some were not
 * @throws HubError `state-locked`, `state-unusable`, `disk-full`, `engine-unreachable`, or the refusal of hub or proxy
 */
export async function supervise(
  plan: LaunchPlan,
  environment: Readonly<Record<string, string>>,
  host: SupervisorHost,
): Promise<number> {
  const paths = openStateFolder(plan.state);
  const closing = new ClosingStack();
  let exitCode = 0;
  try {
    closing.add(await lockState(plan.state));
    // Read again, as the account: what root could read, the account may not.
    const snapshot = await loadSnapshot({ file: plan.config, environment, state: plan.state });
    const terminal = new Terminal(host, plan);
    const show = (part: string, line: string): void => terminal.record(part, line);
    // Before the engine, which reads at its start what they write.
    const registries = closing.add(new Registries({ plan, paths, environment, snapshot, show }));
    const engine =
      plan.engine.kind === "podman" ? closing.add(await startEngine(paths, environment, closing, host)) : undefined;
    writeProxySettings(paths.proxySettings, proxySettingsOf(snapshot), new Secret(readSecret(paths, "gate.key")));
    writeStarted(paths, snapshot, new Secret(readSecret(paths, "hub.key")));
    const planFile = join(paths.run, "plan.json");
    writeFileSync(planFile, JSON.stringify(plan), { mode: 0o600 });
    writeFileSync(paths.launchFile, JSON.stringify(launchRecord(plan)), { mode: 0o600 });
    const imports = plan.engine.kind === "podman" ? new ImportedArchives(paths.scratch) : undefined;
    const child = (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      new SupervisedChild({
        name,
        program: join(plan.program, "src", "main", `${name}.ts`),
        args,
        env: { ...environment, ...env },
        logFile: join(paths.logs, `${name}.log`),
        show,
        onMessage: (message) => {
          terminal.message(message);
          registries.message(message, engine, (answer) => hub.send(answer));
          imports?.message(message);
        },
      });
    const proxy = closing.add(
      child("proxy", proxyArguments(plan, paths, snapshot.config.tls?.redirectFrom), {
        CONFIGPROXY_AUTH_TOKEN: readSecret(paths, "proxy.token"),
      }),
    );
    await proxy.start(20);
    await registries.start();
    const hub = closing.add(child("hub", [planFile]));
    await hub.start(60);
    terminal.ready(registries.ownAddress);
    await host.stopRequested;
    if (plan.stopServers) exitCode = await stopServers(hub, terminal, host);
    else host.line("Stopping hub and proxy. People's servers go on; the next “hublet up” finds them.");
  } finally {
    await closing.close().catch((error: unknown) => host.line(`Not everything ended cleanly: ${messageOf(error)}`));
  }
  host.line("Stopped.");
  return exitCode;
}

function startEngine(
  paths: StatePaths,
  environment: Readonly<Record<string, string>>,
  closing: ClosingStack,
  host: SupervisorHost,
): Promise<PodmanService> {
  const file = closing.add(new LogFile(join(paths.logs, "engine.log"), (line) => host.line(line)));
  const log = (line: string): void =>
    file.write(JSON.stringify({ time: new Date().toISOString(), level: "info", msg: line }));
  openScratch(paths.scratch);
  return startPodmanService({ env: { ...environment, TMPDIR: paths.scratch }, socketPath: paths.engineSocket, log });
}

/** Asks the hub, again after each restart of it, until it has answered or the time is up. */
async function stopServers(hub: SupervisedChild, terminal: Terminal, host: SupervisorHost): Promise<number> {
  host.line("Stopping people's servers, then hub and proxy…");
  const ask = (): void => hub.send({ kind: "stop", stopServers: true });
  terminal.onHubReady = ask;
  ask();
  const timeout = AbortSignal.timeout(STOP_SERVERS_SECONDS * 1000);
  const late = new Promise<"late">((resolve) => timeout.addEventListener("abort", () => resolve("late")));
  const answer = await Promise.race([terminal.serversStopped, late]);
  if (answer === "late") {
    host.line(
      `Not every server stopped within ${STOP_SERVERS_SECONDS} s. Those that run are found by the next “hublet up”.`,
    );
    return 1;
  }
  host.line(`Servers stopped: ${answer.count}.`);
  if (answer.failed.length > 0) host.line(`These could not be stopped and go on: ${answer.failed.join(", ")}.`);
  return answer.failed.length > 0 ? 1 : 0;
}

/** The proxy's command line is that of configurable-http-proxy. */
function proxyArguments(plan: LaunchPlan, paths: StatePaths, redirectFrom: number | undefined): string[] {
  const { host, port } = plan.listen;
  return [
    ...["--ip", host, "--port", String(port), "--api-socket", paths.proxyApiSocket, "--routes-file", paths.routes],
    ...[
      "--gate-key-file",
      join(paths.secrets, "gate.key"),
      "--error-target",
      `${socketUrl(paths.hubSocket)}/hub/error`,
    ],
    ...["--settings-file", paths.proxySettings],
    ...(redirectFrom === undefined ? [] : ["--redirect-port", String(redirectFrom)]),
  ];
}

type StoppedServers = Extract<ChildMessage, { kind: "stopped-servers" }>;

/** What the terminal shows: records as readable lines, image progress in steps, the address and the claim link. */
class Terminal {
  readonly #host: SupervisorHost;
  readonly #plan: LaunchPlan;
  readonly serversStopped: Promise<StoppedServers>;
  /** Called each time a hub process says that it is ready. */
  onHubReady: () => void = () => undefined;
  #resolveStopped: (stopped: StoppedServers) => void = () => undefined;
  #claim: Extract<ChildMessage, { kind: "claim" }> | undefined;
  #lastImageNews = "";
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
    else if (message.kind === "stopped-servers") this.#resolveStopped(message);
    else if (message.kind === "ready") this.onHubReady();
  }

  /** @param registry as names in the own one begin */
  ready(registry: string | undefined): void {
    this.#ready = true;
    const { address, engine } = this.#plan;
    const notes = [...this.#plan.limitNotes, ...this.#plan.notes];
    this.#host.line("");
    this.#host.line(`  Hublet is at  ${address}`);
    this.#host.line(`  Engine        ${engine.why}`);
    if (registry !== undefined) this.#host.line(`  Registry      ${registry} (how to push: “hublet image login”)`);
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
      `                This link makes you “${this.#claim.name}”. It works once, until ${readableTime(this.#claim.expiresAt)}.`,
    );
  }

  /** A line for each phase and each tenth, so that a log file of the terminal stays readable. */
  #image(status: Extract<ChildMessage, { kind: "image" }>): void {
    const percent = status.fraction === null ? "" : ` ${Math.floor(status.fraction * 10) * 10} %`;
    const line = `${status.state === "ready" ? "ready" : `${status.message}${percent}`}`;
    // “58 of 78 MB” and “59 of 78 MB” are the same news within a tenth.
    const news = line.replace(/[\d.]+ (?=of )|(?<=of )[\d.]+/g, "");
    if (news === this.#lastImageNews) return;
    this.#lastImageNews = news;
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
