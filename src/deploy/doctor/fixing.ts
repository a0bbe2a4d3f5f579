/** Does what findings say, as far as it harms nobody. */
import { HubError, messageOf } from "../../kernel/index.ts";
import type { Host } from "../host/port.ts";
import { stepText } from "./report.ts";
import type { CheckOutcome, Finding } from "./types.ts";

/** Milliseconds for one command: packages may have to be fetched. */
const PATIENCE_MS = 15 * 60_000;

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
    for (;;) {
      const next = safeFindings(outcomes).find(({ key }) => !tried.has(key));
      if (next === undefined) break;
      const { id, key, finding } = next;
      options.signal.throwIfAborted();
      const agreed = await options.agree(id, finding);
      tried.set(key, agreed ? id : "");
      if (!agreed) continue;
      await mend(finding, options);
      // What is mended often takes other problems along, and may let new ones be seen.
      outcomes = await options.examine();
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
async function mend(finding: Finding, { host, note, signal }: FixOptions): Promise<void> {
  try {
    for (const { argv, input } of finding.fix)
      await host.mustRun(argv, { timeout: PATIENCE_MS, signal, ...(input === undefined ? {} : { input }) });
  } catch (error) {
    if (error instanceof HubError && error.code !== "command-failed") throw error;
    note(`  It failed: ${messageOf(error)}`);
  }
}
