/** Lists of packages as people have them: `environment.yml` of conda, `requirements.txt` of pip, `apt.txt`, `install.R`-like lists. */
import { basename } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { EnvironmentSpec } from "../../contract/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";

type Lists = Pick<EnvironmentSpec, "apt" | "pip" | "conda" | "r">;

const condaSchema = z.looseObject({
  channels: z.array(z.string()).default([]),
  dependencies: z.array(z.union([z.string(), z.strictObject({ pip: z.array(z.string()) })])),
});
/** Channels that the build takes packages from by itself. */
const USUAL = ["conda-forge", "defaults", "nodefaults"];

/** @throws HubError `usage` for a file of another kind, or with lines that a list of packages cannot hold */
export function environmentOf(file: string, text: string): Lists {
  const name = basename(file);
  if (/\.ya?ml$/.test(name)) return condaFile(file, text);
  if (/requirements.*\.txt$/.test(name)) return { ...NONE, pip: pipLines(file, text) };
  if (name === "apt.txt" || name === "packages.txt") return { ...NONE, apt: plainLines(text) };
  if (name === "r.txt") return { ...NONE, r: plainLines(text) };
  throw new HubError(
    "usage",
    `What kind of list ${file} is cannot be told by its name. Call it environment.yml, requirements.txt, apt.txt or r.txt.`,
  );
}

const NONE: Lists = { apt: [], pip: [], conda: [], r: [] };

function condaFile(file: string, text: string): Lists {
  const parsed = condaSchema.safeParse(parsedYaml(file, text));
  if (!parsed.success)
    throw new HubError("usage", `${file} is no environment of conda: ${z.prettifyError(parsed.error)}`);
  const { channels, dependencies } = parsed.data;
  const strange = channels.find((channel) => !USUAL.includes(channel));
  if (strange !== undefined)
    throw new HubError(
      "usage",
      `${file} names the channel “${strange}”. Packages come from conda-forge; write ${strange}::PACKAGE for those of another channel, and leave the channel out.`,
    );
  const lists = { conda: [] as string[], pip: [] as string[] };
  for (const item of dependencies) {
    if (typeof item !== "string") lists.pip.push(...pipLines(file, item.pip.join("\n")));
    // pip itself is named so that the list below it works.
    else if (item !== "pip") lists.conda.push(item.replace(/\s+/g, ""));
  }
  return { ...NONE, ...lists };
}

function parsedYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new HubError("usage", `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function pipLines(file: string, text: string): string[] {
  const lines = plainLines(text);
  const option = lines.find((line) => line.startsWith("-") || line.includes(";"));
  if (option !== undefined)
    throw new HubError(
      "usage",
      `${file} has “${option}”: options and conditions cannot be part of a list here. Write plain packages with versions, or use a Containerfile.`,
    );
  return lines.map((line) => line.replace(/\s+/g, ""));
}

function plainLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}
