/** What a start asks for: the configuration's `server`, and the profile that the person chose. */
import type { Config, ServerConfig } from "../contract/index.ts";
import { HubError } from "../kernel/index.ts";

/** `config.server` with the chosen profile merged over it. */
export interface LaunchSettings extends ServerConfig {
  /** Null: there are no profiles. */
  readonly profile: string | null;
}

/**
 * Merges the profile named by `options.profile` (text, or a list with one text as query strings give it) over
 * `config.server`. Without a choice the first profile counts. Environments are merged, everything else is replaced.
 * @param remembered the options are those of the last start: a profile that is gone since gives way to the first
 * @throws HubError `bad-request` for an unknown profile
 */
export function launchSettings(
  config: Config,
  options: Readonly<Record<string, unknown>>,
  remembered: boolean,
): LaunchSettings {
  const first = config.profiles[0];
  if (first === undefined) {
    if (options.profile === undefined || remembered) return { ...config.server, profile: null };
    throw new HubError("bad-request", "This hub has no profiles to choose from. Leave the profile out.");
  }
  const wanted = Array.isArray(options.profile) ? options.profile[0] : options.profile;
  const found = config.profiles.find((profile) => profile.name === wanted);
  if (found === undefined && wanted !== undefined && !remembered) {
    const names = config.profiles.map((profile) => profile.name).join(", ");
    throw new HubError("bad-request", `There is no profile “${String(wanted).slice(0, 80)}”. Choose one of: ${names}.`);
  }
  const { name, title: _title, description: _description, environment, ...rest } = found ?? first;
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...config.server,
    ...said,
    environment: { ...config.server.environment, ...environment },
    profile: name,
  };
}
