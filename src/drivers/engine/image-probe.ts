/** One command in a container of an image that can do nothing and is gone afterwards. */
import { randomHex } from "../../kernel/index.ts";
import type { ProbeOptions, ProbeResult } from "../images-port.ts";
import { createdAnswer, exitAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { limitsBody } from "./container-spec.ts";
import { removeContainer } from "./containers.ts";
import { imageMissing, refused } from "./errors.ts";
import { EXPORT_LABEL } from "./export.ts";
import type { EngineFacts } from "./facts.ts";
import { PROBE_PREFIX, removeLeftBehind } from "./left-behind.ts";
import { FrameReader } from "./streams.ts";

const CHANGE_MS = 120_000;
const MOST_BYTES = 64 * 1024;
/** Much longer than any probe: what is older was left by a hub that died. */
const LEFTOVER_SECONDS = 60 * 60;
const LIMITS = { memoryBytes: 1024 ** 3, pids: 256 };

export interface ProbeContext {
  readonly client: EngineClient;
  readonly hub: string;
  readonly facts: EngineFacts;
}

/** @throws HubError as `EngineImages.probe`; the signal's reason */
export async function probeImage(
  context: ProbeContext,
  reference: string,
  { command, timeoutSeconds, signal }: ProbeOptions,
): Promise<ProbeResult> {
  const { client } = context;
  signal.throwIfAborted();
  const before = Date.now() / 1000 - LEFTOVER_SECONDS;
  await removeLeftBehind(client, { hub: context.hub, prefixes: [PROBE_PREFIX], before });
  const id = await create(context, reference, command);
  try {
    return await run({ client, id, reference, timeoutSeconds, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof TookTooLong) return { exitCode: undefined, output: error.output };
    throw error;
  } finally {
    await removeContainer(client, id);
  }
}

interface Run {
  readonly client: EngineClient;
  /** Of the container. */
  readonly id: string;
  readonly reference: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

class TookTooLong extends Error {
  readonly output: string;
  constructor(output: string) {
    super("took too long");
    this.output = output;
  }
}

async function create(context: ProbeContext, reference: string, command: readonly string[]): Promise<string> {
  const { client, hub, facts } = context;
  const body = {
    Image: reference,
    Entrypoint: command,
    Cmd: [],
    Labels: { [EXPORT_LABEL]: hub },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777,size=67108864" },
      LogConfig: { Type: "none", Config: {} },
      ...limitsBody(LIMITS, facts),
    },
  };
  const answer = await client.call({
    method: "POST",
    path: "/containers/create",
    query: { name: `${PROBE_PREFIX}${randomHex(8)}` },
    body,
    timeoutMs: CHANGE_MS,
  });
  if (answer.status === 404) throw imageMissing(client, reference);
  if (answer.status >= 300) throw refused(client, `look into the image ${reference}`, answer);
  return createdAnswer.parse(JSON.parse(answer.text)).Id;
}

async function run({ client, id, reference, timeoutSeconds, signal }: Run): Promise<ProbeResult> {
  const doing = `look into the image ${reference}`;
  // What the engine takes until the command begins is not the command's time.
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  let timer: NodeJS.Timeout | undefined;
  let output = "";
  const add = (text: string) => {
    if (output.length < MOST_BYTES) output = `${output}${text}`.slice(0, MOST_BYTES);
  };
  try {
    const attached = await client.open({
      method: "POST",
      path: `/containers/${id}/attach`,
      query: { stream: "true", stdout: "true", stderr: "true" },
      signal: until,
      timeoutMs: CHANGE_MS,
    });
    // Podman makes the process ready here already, and fails where Docker does at the start.
    if (attached.status !== 200)
      return notStarted(client, doing, { status: attached.status, text: await attached.body.text() });
    // Destroying what has not ended is an error nobody needs to hear of.
    attached.body.on("error", () => undefined);
    try {
      const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: CHANGE_MS });
      if (started.status >= 300) return notStarted(client, doing, started);
      timer = setTimeout(() => over.abort(), timeoutSeconds * 1000);
      const frames = new FrameReader(add);
      for await (const chunk of attached.body) for (const part of frames.read(chunk as Buffer)) add(part.toString());
    } finally {
      attached.body.destroy();
    }
    const wait = { method: "POST", path: `/containers/${id}/wait`, signal: until, timeoutMs: CHANGE_MS } as const;
    const { StatusCode: exitCode } = await client.json(exitAnswer, wait, (answer) => refused(client, doing, answer));
    return { exitCode, output };
  } catch (error) {
    if (over.signal.aborted) throw new TookTooLong(output);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A shell's convention: 127 for what is not there, 126 for what cannot be run. */
function notStarted(
  client: EngineClient,
  doing: string,
  answer: { readonly status: number; readonly text: string },
): ProbeResult {
  const output = refusalText(answer);
  if (/not found|no such file/i.test(output)) return { exitCode: 127, output };
  if (/permission denied|exec format/i.test(output)) return { exitCode: 126, output };
  throw refused(client, doing, answer);
}
