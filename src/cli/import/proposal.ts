/** A `hublet.yaml` made of what another hub's files say, and what is left to the person who moves. */
import { stringify } from "yaml";
import { readCompose } from "./compose-file.ts";
import { readSettings } from "./hub-config.ts";
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
  if (hubConfig !== undefined) fromPython(hubConfig, settings, notes);
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

function fromPython({ name: file, text }: SourceFile, settings: Record<string, unknown>, notes: string[]): void {
  for (const setting of readSettings(text)) {
    if (!/^[A-Z]\w*\./.test(setting.name)) continue;
    const mapped: Mapped | undefined = mapSetting(setting);
    const place = `${file}:${setting.line}: ${setting.name}`;
    if (mapped === undefined)
      notes.push(`${place} is not taken over${setting.value === undefined ? ": code works it out" : ""}.`);
    else if (mapped.note !== undefined) notes.push(`${place}: ${mapped.note}.`);
    for (const [path, value] of Object.entries(mapped?.set ?? {}))
      settings[path] = path === "server.mounts" ? [...listOf(settings[path]), ...listOf(value)] : value;
  }
  Object.assign(settings, culling(text));
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
