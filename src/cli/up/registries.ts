/** What `hublet up` does about registries: its own one runs beside the hub, and Podman is told which to trust. */
import { join } from "node:path";
import { type ConfigSnapshot, loadSnapshot } from "../../config/index.ts";
import type { RegistryConfig } from "../../contract/index.ts";
import { type PodmanService, trustPlaces, writeRegistryTrust } from "../../deploy/index.ts";
import { registryAddress, registryTrust } from "../../images/index.ts";
import { HubError, messageOf, Secret } from "../../kernel/index.ts";
import type { StatePaths } from "../instance.ts";
import type { ChildMessage, LaunchPlan, SupervisorMessage } from "./plan.ts";
import { RegistryProcess } from "./registry-process.ts";
import { readSecret } from "./state-folder.ts";

export interface RegistriesOptions {
  readonly plan: LaunchPlan;
  readonly paths: StatePaths;
  /** Of the engine and of the registry's program. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the hub is started with. */
  readonly snapshot: ConfigSnapshot;
  /** Shows one record on the terminal. */
  readonly show: (part: string, line: string) => void;
}

export class Registries {
  readonly #options: RegistriesOptions;
  readonly #own: RegistryConfig | undefined;
  readonly #process: RegistryProcess | undefined;

  constructor(options: RegistriesOptions) {
    const { plan, paths, environment, snapshot, show } = options;
    this.#options = options;
    this.#own = plan.engine.kind === "process" ? undefined : snapshot.config.registry;
    this.#process =
      this.#own === undefined
        ? undefined
        : new RegistryProcess({
            port: this.#own.port,
            state: plan.state,
            password: new Secret(readSecret(paths, "registry.password")),
            logLevel: plan.logLevel,
            logFile: join(paths.logs, "registry.log"),
            show: (line) => show("registry", line),
            environment,
          });
    this.#trust(snapshot);
  }

  /** As names of images in the own registry begin; undefined without one. */
  get ownAddress(): string | undefined {
    return this.#own === undefined ? undefined : registryAddress(this.#own);
  }

  /** @throws HubError `command-failed` */
  async start(): Promise<void> {
    await this.#process?.start();
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }

  /** Told of every message of the hub; what it asks for is answered in any case. */
  message(message: ChildMessage, engine: PodmanService | undefined, answer: (said: SupervisorMessage) => void): void {
    if (message.kind === "registries-changed") void this.#follow(engine);
    if (message.kind === "clean-registry") void this.#clean().then(answer);
  }

  /** @returns whether a running Podman must be told */
  #trust(snapshot: ConfigSnapshot): boolean {
    const { plan, environment } = this.#options;
    if (plan.engine.kind !== "podman") return false;
    return writeRegistryTrust(
      trustPlaces(plan.state, environment.HOME ?? plan.state),
      registryTrust(snapshot, this.#own),
    );
  }

  async #follow(engine: PodmanService | undefined): Promise<void> {
    const { plan, environment, show } = this.#options;
    try {
      const now = await loadSnapshot({ file: plan.config, environment, state: plan.state });
      if (this.#trust(now)) await engine?.reload();
    } catch (error) {
      const msg = `Podman could not be told of the registries that changed: ${messageOf(error)}`;
      show("engine", JSON.stringify({ level: "error", time: new Date().toISOString(), msg }));
    }
  }

  async #clean(): Promise<SupervisorMessage> {
    try {
      if (this.#process === undefined)
        throw new HubError(
          "registry-refused",
          "This hub was started without a registry of its own. Set “registry: {}” in hublet.yaml, then start it again.",
        );
      const { note } = await this.#process.clean();
      return { kind: "registry-cleaned", problem: null, note: note ?? null };
    } catch (error) {
      return { kind: "registry-cleaned", problem: messageOf(error), note: null };
    }
  }
}
