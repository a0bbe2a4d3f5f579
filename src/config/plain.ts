/** What a configuration says by itself, for who may not see its secrets. */
import { dirname } from "node:path";
import type { Config } from "../contract/index.ts";
import { readFiles } from "./build/files.ts";
import { configError } from "./diagnostics.ts";
import { checkTree, deepFreeze } from "./parse.ts";
import { FileReader } from "./sources/reader.ts";

export interface PlainConfig {
  readonly config: Config;
  /** What it was read from, and the folders of that: what changes these may change the configuration. */
  readonly sources: readonly string[];
}

/**
 * Reads the main file and what it includes; secrets, certificates and people are not looked at.
 * @param file absolute path
 * @throws HubError `bad-config` with all problems
 */
export function readPlainConfig(file: string): PlainConfig {
  const reader = new FileReader();
  const { written, partial, problems } = readFiles(file, reader);
  const checked = written === undefined || partial ? undefined : checkTree(written);
  const found = [...problems, ...(checked?.problems ?? [])];
  if (checked?.checks === undefined || found.length > 0) throw configError(found, [file, ...reader.files]);
  const files = [file, ...reader.files];
  return {
    config: deepFreeze(checked.checks.config),
    sources: [...new Set([...files, ...files.map((each) => dirname(each))])],
  };
}
