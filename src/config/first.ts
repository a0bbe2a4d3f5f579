/** The commented configuration that `hublet up` writes when there is none. */
import { closeSync, fchmodSync, fchownSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HubError, messageOf, systemCode } from "../kernel/index.ts";

export interface FirstConfigOptions {
  /** Owner of the file, when written by root for a service account. */
  readonly group?: number;
  readonly listen?: string;
  readonly engine?: string;
}

/** The text of a first configuration: what most people change first, everything else by its default. */
export function firstConfig(options: FirstConfigOptions = {}): string {
  return `# Hublet's configuration. Everything has a default: this file holds only what you change.
# All keys, with their meaning: docs/configuration.md (editors: hublet.schema.json).
# A running hub takes changes over at once, without a restart; what has mistakes is refused, and the one
# before works on. Look before with "hublet config check", and at what differs with "hublet config diff".

# The lab's name, shown on every page.
name: Hublet

# Who can reach the hub: 127.0.0.1 is this computer only. For everybody who can reach this
# host use 0.0.0.0:8000 - and put TLS in front of it, since passwords travel over it.
listen: ${options.listen ?? "127.0.0.1:8000"}

# What runs people's servers: auto takes rootless Podman, else Docker, else local processes.
engine: ${options.engine ?? "auto"}

server:
  # The image of everybody's server. When no registry can be reached, Hublet builds one
  # from the distribution's packages.
  # image: quay.io/jupyter/minimal-notebook:latest

  # Limits of one server, where the host can enforce them.
  memory: 2G
  cpus: 2
`;
}

/** Writes the first configuration, readable by its owner and group only. @throws HubError `state-unusable`, `conflict` */
export function writeFirstConfig(file: string, options: FirstConfigOptions = {}): void {
  writeNewConfig(file, firstConfig(options), options.group);
}

/**
 * Writes a configuration where none is, mode 0640.
 * @param group owner of the file beside root, when written by root for a service account
 * @throws HubError `conflict` when there is one, `state-unusable`
 */
export function writeNewConfig(file: string, text: string, group?: number): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    const opened = openSync(file, "wx", 0o640);
    try {
      // By the open file, never by its name: a name can be made to lead elsewhere meanwhile.
      writeFileSync(opened, text);
      fchmodSync(opened, 0o640);
      if (group !== undefined) fchownSync(opened, 0, group);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    if (systemCode(error) === "EEXIST")
      throw new HubError(
        "conflict",
        `There is a configuration already: ${file}. Edit it, or choose another place with --config.`,
      );
    throw new HubError(
      "state-unusable",
      `The configuration ${file} cannot be written: ${messageOf(error)}. Choose another place with --config.`,
      { cause: error },
    );
  }
}
