/** A reporter of node:test that only counts; `test/run.ts` reads its last line. */
import type { TestEvent } from "node:test/reporters";

interface Counts {
  passed: number;
  failed: number;
  failures: string[];
}

/** Leaves are counted, not suites: a suite is as good as what is in it. */
export default async function* counter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts: Counts = { passed: 0, failed: 0, failures: [] };
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    if (event.data.details.type === "suite") continue;
    const skipped = event.data.skip !== undefined || event.data.todo !== undefined;
    if (event.type === "test:pass" && !skipped) counts.passed += 1;
    else {
      counts.failed += 1;
      counts.failures.push(
        `${event.data.file ?? ""}: ${event.data.name}${skipped ? " (skipped, which counts as failed)" : ""}`,
      );
    }
  }
  yield `${JSON.stringify(counts)}\n`;
}
