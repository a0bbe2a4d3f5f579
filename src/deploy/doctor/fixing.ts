/** Does what findings say, as far as it harms nobody. */
import { HubError, messageOf } from "../../kernel/index.ts";
import type { Host } from "../host/port.ts";
import { stepText } from "./report.ts";
import type { CheckOutcome, Finding } from "./types.ts";

/** Milliseconds for one command: packages may have to be fetched. */
const PATIENCE_MS = 15 * 60_000;
/** What is mended may let other things be seen, which then can be mended too. */
const ROUNDS = 4;

export interface FixOptions {
  readonly host: Host;
  /** Looks at everything once more. */
  readonly examine: () => Promise<readonly CheckOutcome[]>;
  /** Shows problem and commands, and asks. */
  readonly agree: (id: string, finding: Finding) => Promise<boolean>;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Fixed {
  readonly outcomes: readonly CheckOutcome[];
  /** Ids of checks whose problem was there, and is gone. */
  readonly gone: readonly string[];
  /** Problems that are there still though their commands were run. */
  readonly stayed: readonly string[];
}

/**
 * Mends in the order of the checks, since later ones often follow from earlier ones; nobody is asked twice.
 * @throws HubError `host-busy`, `host-unreachable`
 */
export async function fixFindings(found: readonly CheckOutcome[], options: FixOptions): Promise<Fixed> {
  const lock = await options.host.lock();
  try {
    const tried = new Map<string, string>();
    let outcomes = found;
    for (let round = 0; round < ROUNDS; round++) {
      const open = safeFindings(outcomes).filter(({ key }) => !tried.has(key));
      if (open.length === 0) break;
      let done = 0;
      for (const { id, key, finding } of open) {
        options.signal.throwIfAborted();
        tried.set(key, id);
        if (await options.agree(id, finding)) done += (await mend(finding, options)) ? 1 : 0;
        else tried.set(key, "");
      }
      if (done > 0) outcomes = await options.examine();
    }
    const left = new Set(safeFindings(outcomes).map(({ key }) => key));
    const ids = [...tried].filter(([, id]) => id !== "");
    const stayed = [...new Set(ids.filter(([key]) => left.has(key)).map(([, id]) => id))];
    const gone = [...new Set(ids.map(([, id]) => id))].filter((id) => !stayed.includes(id));
    return { outcomes, gone, stayed };
  } finally {
    await lock.close();
  }
}

function safeFindings(outcomes: readonly CheckOutcome[]) {
  return outcomes.flatMap(({ id, findings }) =>
    findings
      .filter(({ safe }) => safe)
      .map((finding) => ({ id, finding, key: `${id} ${finding.fix.map(stepText).join("\n")}` })),
  );
}

/** The first command that fails ends the mending of this problem; others are not held up by it. */
async function mend(finding: Finding, { host, note, signal }: FixOptions): Promise<boolean> {
  try {
    for (const step of finding.fix) {
      const { argv, input } = step;
      note(`  ${stepText(step).split("\n")[0] ?? ""}`);
      await host.mustRun(argv, { timeout: PATIENCE_MS, signal, ...(input === undefined ? {} : { input }) });
    }
    return true;
  } catch (error) {
    if (error instanceof HubError && error.code !== "command-failed") throw error;
    note(`  It failed: ${messageOf(error)}`);
    // Steps before the failed one may have changed something.
    return true;
  }
}
