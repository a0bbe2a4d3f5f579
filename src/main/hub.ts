/**
 * The hub as a program of its supervisor: closes everything in reverse order when it is told to end.
 * Its one argument is the launch plan that the supervisor wrote.
 */
import { readFileSync } from "node:fs";
import { launchPlanSchema } from "../cli/index.ts";
import { ClosingStack, HubError } from "../kernel/index.ts";
import { runHub } from "./run-hub.ts";
import { tell } from "./supervised.ts";

const closing = new ClosingStack();
try {
  await runHub(launchPlanSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"))), closing);
} catch (error) {
  const message =
    error instanceof HubError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ kind: "fatal", code: error instanceof HubError ? error.code : "internal", message });
  process.stderr.write(`${message}\n`);
  await closing.close().catch(() => undefined); // the first failure is the one to report
  process.exit(1);
}
