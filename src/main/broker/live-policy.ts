/** The broker's policy as the configuration says it at each moment. */
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { type BrokerLog, type BrokerPolicy, type PolicyPlaces, policyOf, policySchema } from "../../broker/index.ts";
import { readPlainConfig } from "../../config/index.ts";
import { messageOf, systemCode } from "../../kernel/index.ts";

export interface LivePolicyOptions {
  /** Absolute path of `hublet.yaml`. */
  readonly config: string;
  readonly places: PolicyPlaces;
  /** Where the last good policy is kept, for a start with mistakes in the files. */
  readonly keptFile: string;
  readonly log: BrokerLog;
}

/**
 * Asked at each request: looks whether the files changed, and reads them again then. With mistakes in them the last good policy
 * goes on, as the hub does with its configuration.
 * @throws HubError `bad-config` when there never was a good one
 */
export function livePolicy(options: LivePolicyOptions): () => BrokerPolicy {
  const { config, places, keptFile, log } = options;
  let sources: readonly string[] = [config];
  let stamp = stampOf(sources);
  let policy = first();
  return () => {
    const now = stampOf(sources);
    if (now === stamp) return policy;
    stamp = now;
    try {
      policy = read();
    } catch (error) {
      log.error({ reason: messageOf(error) }, "the configuration has mistakes: what held before still does");
    }
    return policy;
  };

  function first(): BrokerPolicy {
    try {
      return read();
    } catch (error) {
      const kept = readKept(keptFile);
      if (kept === undefined) throw error;
      log.error({ reason: messageOf(error) }, "the configuration has mistakes: what held before still does");
      return kept;
    }
  }

  function read(): BrokerPolicy {
    const plain = readPlainConfig(config);
    sources = plain.sources;
    stamp = stampOf(sources);
    const made = policyOf(plain.config, places);
    writeFileSync(`${keptFile}.new`, JSON.stringify(made), { mode: 0o600 });
    renameSync(`${keptFile}.new`, keptFile);
    return made;
  }
}

/** The files' numbers, sizes and times, which a replaced or a changed one cannot keep. */
function stampOf(files: readonly string[]): string {
  const seen = files.map((file) => {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? "-" : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
  });
  return seen.join("\n");
}

function readKept(file: string): BrokerPolicy | undefined {
  try {
    return policySchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
