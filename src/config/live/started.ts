/** What the running processes were started with, of those keys that need a restart. */
import type { Config, RESTART_KEYS } from "../../contract/index.ts";
import { maskedConfig } from "../shown/masked.ts";
import type { ConfigSnapshot } from "../snapshot.ts";
import { REDIRECT_KEY, restartPaths } from "./changes.ts";

export type StartedKeys = Pick<Config, (typeof RESTART_KEYS)[number]> & {
  /** Of `tls`; null: there was none. */
  readonly redirectFrom: number | null;
};

export function startedConfig(config: Config, started: StartedKeys | undefined): Config {
  if (started === undefined) return config;
  const { redirectFrom, ...keys } = started;
  // What is not among the keys was not set.
  const { engineSocket, registry } = keys;
  return { ...config, ...keys, engineSocket, registry, tls: withRedirect(config.tls, redirectFrom ?? undefined) };
}

/** The configuration as it works, without passwords: what waits for a restart is as it was at the start. */
export function effectiveConfig(started: ConfigSnapshot, current: ConfigSnapshot): Record<string, unknown> {
  const [now, before] = [maskedConfig(current.config), maskedConfig(started.config)];
  for (const key of restartPaths(started, current)) {
    if (key === REDIRECT_KEY) now.tls = withRedirect(current.config.tls, started.config.tls?.redirectFrom);
    else if (before[key] === undefined) delete now[key];
    else now[key] = before[key];
  }
  return now;
}

function withRedirect(tls: Config["tls"], redirectFrom: number | undefined): Config["tls"] {
  return tls === undefined ? undefined : { ...tls, redirectFrom };
}
