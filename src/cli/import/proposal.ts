/** A `hublet.yaml` made of what another hub's files say, and what is left to the person who moves. */
import { stringify } from "yaml";
import { readCompose } from "./compose-file.ts";
import { readSettings, type Setting } from "./hub-config.ts";
import { type Mapped, mapSetting, mounts } from "./traits.ts";

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

export interface Proposal {
  readonly yaml: string;
  readonly notes: readonly string[];
}

/** @throws HubError `bad-request` when the Compose file is none */
export function propose(
  compose: SourceFile,
  hubConfig: SourceFile | undefined,
  volumes: SourceFile | undefined,
): Proposal {
  const facts = readCompose(compose.text, compose.name);
  const settings: Record<string, unknown> = { ...facts.settings };
  const notes = [...facts.notes];
  if (hubConfig !== undefined) notes.push(...fromPython(hubConfig, settings, volumes?.name));
  if (volumes !== undefined) {
    const value = readSettings(volumes.text).find(({ name }) => name === "VOLUMES")?.value;
    const mapped = value === undefined ? undefined : mounts(value, false);
    if (mapped?.set === undefined)
      notes.push(`${volumes.name}: there is no VOLUMES of plain values; write its folders to server.mounts.`);
    else settings["server.mounts"] = [...listOf(settings["server.mounts"]), ...listOf(mapped.set["server.mounts"])];
  }
  return { yaml: `${HEAD}${stringify(nested(settings), { lineWidth: 0 })}`, notes };
}

const HEAD = `# Made of another hub's files by "hublet import compose". Read it, then: hublet config check
# What each key means: docs/configuration.md; the way of moving: docs/from-docker-compose.md.
`;

/**
 * Adds to the settings what the file says.
 * @param volumes name of the file with the mounts, when it was given
 * @returns what the person who moves should know of each setting
 */
function fromPython(
  { name: file, text }: SourceFile,
  settings: Record<string, unknown>,
  volumes: string | undefined,
): string[] {
  // In its container the old hub listened anywhere: what counts is the address that the Compose file publishes.
  const published = settings.listen;
  const read = readSettings(text).filter(({ name }) => /^[A-Z]\w*\./.test(name));
  for (const { set } of read.map((setting): Mapped => mapSetting(setting) ?? {}))
    for (const [path, value] of Object.entries(set ?? {}))
      settings[path] = path === "server.mounts" ? [...listOf(settings[path]), ...listOf(value)] : value;
  if (published !== undefined) settings.listen = published;
  Object.assign(settings, culling(text));
  const made: Made = { settings, published: published !== undefined, volumes };
  return read.flatMap((setting) => {
    const words = remark(setting, made);
    return words === undefined ? [] : [`${file}:${setting.line}: ${setting.name}${words}.`];
  });
}

interface Made {
  readonly settings: Readonly<Record<string, unknown>>;
  /** The address is that of the Compose file. */
  readonly published: boolean;
  readonly volumes: string | undefined;
}

/** What is to be said of a setting; what code works out may be here all the same, by another way. */
function remark(setting: Setting, { settings, published, volumes }: Made): string | undefined {
  const mapped = mapSetting(setting);
  if (published && mapped?.set?.listen !== undefined) return ": “listen” is what the Compose file publishes";
  if (mapped !== undefined) return mapped.note === undefined ? undefined : `: ${mapped.note}`;
  if (setting.value !== undefined) return " is not taken over";
  const trait = setting.name.split(".").at(-1);
  if (trait === "allowed_users" && settings["people.hostAccounts"] !== undefined)
    return ": people are the accounts of this host (people.hostAccounts)";
  if (trait === "services" && settings["server.idleTimeout"] !== undefined)
    return ": the idle culler is server.idleTimeout and maximumAge here; other services are not taken over";
  if (trait === "volumes" && volumes !== undefined) return `: its folders are those of ${volumes} (server.mounts)`;
  const file = trait === "volumes" ? "; where they stand in a file of their own, name it with --volumes" : "";
  return ` is not taken over: code works it out${file}`;
}

/** The idle culler's command line, wherever it stands. */
function culling(text: string): Readonly<Record<string, unknown>> {
  if (!text.includes("idle_culler") && !text.includes("cull")) return {};
  const seconds = (option: string) => new RegExp(`--${option}[=\\s"',]+(\\d+)`).exec(text)?.[1];
  const idle = seconds("timeout");
  const age = seconds("max-age");
  return {
    ...(idle === undefined ? {} : { "server.idleTimeout": `${idle}s` }),
    ...(age === undefined || age === "0" ? {} : { "server.maximumAge": `${age}s` }),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `{"server.home": x}` → `{server: {home: x}}` */
function nested(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(settings)) {
    const words = path.split(".");
    const last = words.pop() ?? "";
    let at = root;
    for (const word of words) {
      at[word] ??= {};
      at = at[word] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return root;
}
