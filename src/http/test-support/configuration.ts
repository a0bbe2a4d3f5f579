/** The configuration of a test's hub, in a file that is watched as a hub's own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ConfigLog, type LiveConfig, openLiveConfig } from "../../config/index.ts";
import type { ConfigurationView } from "../../contract/index.ts";
import { type ClosingStack, systemClock } from "../../kernel/index.ts";

const NOTEBOOK = fileURLToPath(new URL("notebook.ts", import.meta.url));

export interface ConfigurationOptions {
  /** What `hublet.yaml` says beside what every test needs; it is written as JSON, which YAML includes. */
  readonly config?: Record<string, unknown>;
  /** Values of the secrets that the configuration names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** How the notebook server behaves. */
  readonly manners?: readonly string[];
}

/** A configuration in a file of its own, watched as in a hub. */
export async function openConfiguration(
  folder: string,
  closing: ClosingStack,
  options: ConfigurationOptions,
  log: ConfigLog,
): Promise<{ readonly live: LiveConfig; configure(config: Record<string, unknown>): Promise<ConfigurationView> }> {
  const file = join(folder, "hublet.yaml");
  mkdirSync(join(folder, "secrets"), { mode: 0o700 });
  for (const [name, value] of Object.entries(options.secrets ?? {}))
    writeFileSync(join(folder, "secrets", name), value, { mode: 0o600 });
  const write = (config: Record<string, unknown>) =>
    writeFileSync(file, JSON.stringify(fullConfig(config, options.manners ?? []), undefined, 2));
  write(options.config ?? {});
  const live = closing.add(await openLiveConfig({ file, environment: {}, clock: systemClock, log }));
  return {
    live,
    async configure(config) {
      write(config);
      return live.reload();
    },
  };
}

/** What every test's configuration says. */
function fullConfig(config: Record<string, unknown>, manners: readonly string[]): Record<string, unknown> {
  const { server, ...rest } = config as { server?: Record<string, unknown> };
  return {
    name: "Test hub",
    engine: "process",
    allowManyOnProcess: true,
    server: {
      command: [process.execPath, NOTEBOOK, "{port}", "{prefix}", ...manners],
      startTimeout: 20,
      stopGrace: 2,
      ...server,
    },
    ...rest,
  };
}
