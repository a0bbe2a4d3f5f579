/** Which hosts a command is about, from its words and options; then one after the other. */
import { resolve } from "node:path";
import { type Host, openHost, readSource } from "../../deploy/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import type { CliContext } from "../context.ts";

export interface Job {
  /** What ssh takes; undefined for this host. */
  readonly target: string | undefined;
  /** The configuration's main file, absolute. */
  readonly file: string;
}

/** What was done on one host. */
export interface Outcome {
  readonly json: unknown;
  readonly text: string;
  readonly exitCode?: number;
}

/**
 * Files each name their host by deploy.host; `--host` wins over it, and then all hosts get the one configuration.
 * @throws HubError `usage`, `bad-config`
 */
export async function jobsOf(context: CliContext, files: readonly string[], hosts: readonly string[]): Promise<Job[]> {
  if (files.length > 1 && hosts.length > 0)
    throw new HubError("usage", "Several files name their hosts themselves (deploy.host): leave out --host.");
  const mains = files.length > 0 ? files.map((file) => resolve(context.cwd, file)) : [context.instance().config];
  const jobs = await Promise.all(
    mains.map(async (file): Promise<Job[]> => {
      if (hosts.length > 0) return hosts.map((target) => ({ target, file }));
      return [{ target: (await readSource(file, context.env)).config.deploy.host, file }];
    }),
  );
  return jobs.flat();
}

/** For commands that need no configuration: the host says what it has. */
export function hostsOf(context: CliContext, hosts: readonly string[]): Job[] {
  const file = context.instance().config;
  return hosts.length === 0 ? [{ target: undefined, file }] : hosts.map((target) => ({ target, file }));
}

/**
 * Does the work on each host in turn. With several, one's failure does not stop the others; exit code 1 if any failed.
 * @throws what the work throws, when there is one host alone
 */
export async function onEach(
  context: CliContext,
  jobs: readonly Job[],
  signal: AbortSignal,
  work: (host: Host, job: Job) => Promise<Outcome>,
): Promise<CommandResult> {
  const { interactive, askSecret, note } = context;
  const alone = jobs.length === 1;
  const results: { readonly host: string; readonly outcome: Outcome }[] = [];
  for (const job of jobs) {
    const name = job.target ?? "this host";
    if (!alone) note(`${results.length === 0 ? "" : "\n"}== ${name} (${job.file})`);
    try {
      signal.throwIfAborted();
      const host = await openHost({ target: job.target, interactive, askSecret, note });
      try {
        results.push({ host: name, outcome: await work(host, job) });
      } finally {
        await host.close();
      }
    } catch (error) {
      if (alone) throw error;
      results.push({ host: name, outcome: failure(error) });
      note(`${name}: ${messageOf(error)}`);
    }
  }
  const [only] = results;
  if (alone && only !== undefined) return only.outcome;
  return {
    json: results.map(({ host, outcome }) => ({ host, ...asRecord(outcome.json) })),
    text: results.map(({ host, outcome }) => `${host}:\n${indented(outcome.text)}`).join("\n"),
    exitCode: results.some(({ outcome }) => (outcome.exitCode ?? 0) !== 0) ? 1 : 0,
  };
}

function failure(error: unknown): Outcome {
  const code = error instanceof HubError ? error.code : "internal";
  const message = messageOf(error);
  return { json: { error: { code, message } }, text: `failed: ${message}`, exitCode: 1 };
}

function asRecord(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : { result: json };
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n");
}
