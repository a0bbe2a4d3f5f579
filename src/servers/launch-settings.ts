/**
 * What a start asks for: the configuration's `server`, what groups say of it, and the profile and image that the person
 * chose. Each of them is read at the start itself, so that a change of the configuration holds from the next start on.
 */
import type { Config, PolicyView, Said, ServerConfig } from "../contract/index.ts";
import { HubError } from "../kernel/index.ts";
import { type CatalogueChoice, chosenImage, oneText } from "./launch-image.ts";

type Options = Readonly<Record<string, unknown>>;
type Profile = Config["profiles"][number];

/** `config.server` with the person's policy and the chosen profile merged over it. */
export interface LaunchSettings extends Omit<ServerConfig, "mounts"> {
  /** Null: there are no profiles. */
  readonly profile: string | null;
  readonly mounts: PolicyView["mounts"];
  /** Set when `image` was chosen from the catalogue: which content its tag names is found out at the start. */
  readonly choice: CatalogueChoice | null;
}

/**
 * Merges server < policy < the profile named by `options.profile` (text, or a list with one text as query strings give
 * it); `options.image`, with `options.tag`, picks one of the policy's or the catalogue's images instead of the profile's. Without a choice the first profile that
 * the person may use counts. Environments are merged. A limit that a group said holds down what a profile asks for.
 * @param remembered the options are those of the last start: what is gone or not allowed any more since gives way
 * @throws HubError `bad-request` for an unknown profile, `forbidden` for one that, or an image that, is not for this person
 */
export function launchSettings(
  config: Config,
  policy: PolicyView,
  options: Options,
  remembered: boolean,
): LaunchSettings {
  const profile = chosenProfile(config, policy, options, remembered);
  const settings = withProfile(config, policy, profile);
  const chosen = chosenImage(config, policy, settings.image, options, remembered);
  return chosen === undefined ? settings : { ...settings, ...chosen };
}

/** The same for a server that was started before: never throws, whatever became of its profile since. */
export function settingsOfRow(config: Config, policy: PolicyView, options: Options): LaunchSettings {
  try {
    return launchSettings(config, policy, options, true);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return withProfile(config, policy, undefined);
  }
}

function chosenProfile(config: Config, policy: PolicyView, options: Options, remembered: boolean): Profile | undefined {
  const wanted = oneText(options.profile);
  if (config.profiles.length === 0) {
    if (options.profile === undefined || remembered) return undefined;
    throw new HubError("bad-request", "This hub has no profiles to choose from. Leave the profile out.");
  }
  const allowed = config.profiles.filter(({ name }) => policy.profiles.some((offered) => offered.name === name));
  const [first] = allowed;
  if (first === undefined) {
    throw new HubError(
      "forbidden",
      "None of this hub's profiles is offered to you, so there is no server that you could start. Ask your admin for a group that has one.",
    );
  }
  if (wanted === undefined && (options.profile === undefined || remembered)) return first;
  const found = allowed.find(({ name }) => name === wanted);
  if (found !== undefined || remembered) return found ?? first;
  const names = allowed.map(({ name }) => name).join(", ");
  if (config.profiles.some(({ name }) => name === wanted)) {
    const text = `The profile “${wanted}” is ${ownersText(config, wanted ?? "")}. Choose one of: ${names}; or ask your admin.`;
    throw new HubError("forbidden", text);
  }
  const said = (wanted ?? String(options.profile)).slice(0, 80);
  throw new HubError("bad-request", `There is no profile “${said}”. Choose one of: ${names}.`);
}

function withProfile(config: Config, policy: PolicyView, profile: Profile | undefined): LaunchSettings {
  const { environment = {}, memory, cpus, pids, name, ...rest } = profile ?? { name: null };
  const { title: _title, description: _description, everyone: _everyone, ...more } = rest as Partial<Profile>;
  const said = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  const common = Object.entries(policy.environment).map(([key, { value }]) => [key, value] as const);
  return {
    ...config.server,
    ...said,
    memory: limited(memory, policy.memory),
    cpus: limited(cpus, policy.cpus),
    pids: limited(pids, policy.pids),
    environment: { ...Object.fromEntries(common), ...environment },
    mounts: policy.mounts,
    groupIds: policy.groupIds.map(({ value }) => value),
    profile: name,
    choice: null,
  };
}

/** The profile's own value, held down by what a group says. */
function limited(own: number | undefined, policy: Said<number>): number {
  if (own === undefined) return policy.value;
  return policy.from.startsWith("groups.") ? Math.min(own, policy.value) : own;
}

/** “for members of staff and gpu”, or “not offered to you”. */
function ownersText(config: Config, profile: string): string {
  const groups = Object.entries(config.groups).filter(([, group]) => group.profiles.includes(profile));
  if (groups.length === 0) return "not offered to you";
  return `only for members of ${groups.map(([name]) => `“${name}”`).join(" or ")}`;
}
