/** Why a start failed, in words a person can act on. */
import type { Failure } from "../contract/index.ts";
import type { Observed } from "../drivers/index.ts";
import { type ErrorCode, HubError } from "../kernel/index.ts";
import type { LaunchSettings } from "./launch-settings.ts";

/** Lines of a server's own output that are kept with a failure. */
export const LOG_LINES = 60;

/** The server's process is gone. */
export class Ended extends Error {
  readonly observed: Observed | undefined;
  readonly log: string;
  constructor(observed: Observed | undefined, log: string) {
    super("the server's process ended");
    this.observed = observed;
    this.log = log;
  }
}

/** The time for a start is up. */
export class TooSlow extends Error {
  readonly seconds: number;
  constructor(seconds: number) {
    super(`no answer within ${seconds} s`);
    this.seconds = seconds;
  }
}

/** The failure to show; `undefined` for bugs, which the caller logs. `log` is what the server printed. */
export function failureOf(error: unknown, settings: LaunchSettings, log: string, at: string): Failure {
  const make = (code: ErrorCode, message: string, text: string): Failure => ({ code, message, at, log: text || null });
  if (error instanceof Ended) {
    const { code, message } = endedMessage(error, settings);
    return make(code, message, error.log);
  }
  if (error instanceof TooSlow) {
    return make(
      "start-timeout",
      `The server did not answer within ${error.seconds} s and was stopped. Its log below may say what it was waiting for. Try again, or ask your admin to raise server.startTimeout.`,
      log,
    );
  }
  if (error instanceof HubError) {
    const output = error.facts?.output;
    return make(error.code, error.message, typeof output === "string" && output !== "" ? output : log);
  }
  return make(
    "internal",
    "Something went wrong inside Hublet. Try again; if it stays, ask your admin to look into the hub's log.",
    log,
  );
}

/** Out of memory while it ran. */
export function outOfMemoryMessage(bytes: number, doing: string): string {
  return `The server needed more than its ${sizeText(bytes)} of memory ${doing} and was ended by the system. Choose a profile with more memory, work on less data at once, or ask your admin to raise server.memory.`;
}

function endedMessage({ observed, log }: Ended, settings: LaunchSettings): { code: ErrorCode; message: string } {
  if (observed?.outOfMemory === true) {
    return { code: "out-of-memory", message: outOfMemoryMessage(settings.memory, "while it was starting") };
  }
  if (/No space left on device|Disk quota exceeded/i.test(log)) {
    return {
      code: "disk-full",
      message:
        "The server ended while it was starting because no space is left for its files. Ask your admin to free space or enlarge the disk, then press Start again.",
    };
  }
  const exit = observed?.exitCode === undefined ? "" : ` with exit code ${observed.exitCode}`;
  const command =
    settings.command?.[0] ?? (settings.protocol === "jupyterhub" ? "jupyterhub-singleuser" : "jupyter-lab");
  const hint =
    observed?.exitCode === 127 || observed?.exitCode === 126
      ? `The command “${command}” cannot be run in the image ${settings.image}: use an image that has it, or set server.command.`
      : log === ""
        ? "It printed nothing. Try again; if it stays, ask your admin to check the image and the command."
        : "The last lines of its log below say why.";
  return { code: "process-died", message: `The server's process ended${exit} while it was starting. ${hint}` };
}

/** `2 GiB`, `512 MiB`. */
export function sizeText(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${Number(gib.toFixed(1))} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
