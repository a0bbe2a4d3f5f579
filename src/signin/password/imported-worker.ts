/** The thread of `imported.ts`: checks one password and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { compareSync } from "bcryptjs";
import { z } from "zod";

const { stored, typed } = z.object({ stored: z.string(), typed: z.string() }).parse(workerData);
// Written by PHP's and Apache's programs; the same algorithm.
parentPort?.postMessage(compareSync(typed, stored.replace(/^\$2[xy]\$/, "$2b$")));
