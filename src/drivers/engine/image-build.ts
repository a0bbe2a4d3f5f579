/** Builds by the engine's own builder: Docker's classic one, or buildah behind Podman. */
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { HubError } from "../../kernel/index.ts";
import type { BuildOptions, ImageInfo } from "../images-port.ts";
import type { ProgressLine } from "./answers.ts";
import { type BuildGuard, startGuard } from "./build-guard.ts";
import { BuildOutput } from "./build-output.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refusedBecause } from "./errors.ts";
import { inspectImage } from "./image-inspect.ts";
import { authConfigHeader, withTag } from "./image-names.ts";
import type { ProbeContext } from "./image-probe.ts";
import { readProgress } from "./image-progress.ts";

const WHOLE_ID = /^[0-9a-f]{64}$/;

/** Milliseconds in which Podman ends a build whose command was killed, and clears what it made. */
const CLEARING_MS = 10_000;

/** @throws HubError as `EngineImages.build`; the signal's reason */
export async function buildImage(
  { client, hub, facts }: ProbeContext,
  context: Readable,
  options: BuildOptions,
): Promise<ImageInfo> {
  const { signal } = options;
  signal.throwIfAborted();
  const { isolation } = facts;
  const guard = client.dialect.endsBuilds ? undefined : await startGuard({ client, hub, isolation });
  const closing = new AbortController();
  const done = new AbortController();
  const cancel = () => {
    const close = () => closing.abort(signal.reason);
    if (guard === undefined) return close();
    // Closed at once, the connection would take along whoever clears what the build has made so far.
    void guard.end().catch(close);
    void delay(CLEARING_MS, undefined, { signal: done.signal }).then(close, () => undefined);
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (signal.aborted) throw signal.reason;
    return await build({ client, context, options, guard, signal: closing.signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    done.abort();
    signal.removeEventListener("abort", cancel);
    context.destroy();
    await guard?.end();
  }
}

interface Build {
  readonly client: EngineClient;
  readonly context: Readable;
  readonly options: BuildOptions;
  readonly guard: BuildGuard | undefined;
  /** Closes the connection. */
  readonly signal: AbortSignal;
}

async function build({ client, context, options, guard, signal }: Build): Promise<ImageInfo> {
  let id: string | undefined;
  const output = new BuildOutput((line) => {
    // Podman tells the id so, between two lines about it.
    if (WHOLE_ID.test(line)) id = `sha256:${line}`;
    else options.onLine(line);
  });
  const { status, body } = await client.open({
    method: "POST",
    path: "/build",
    query: { ...queryOf(options), ...(guard === undefined ? {} : { nsoptions: guard.namespaces }) },
    headers: authConfigHeader(options.credentials ?? {}),
    stream: { source: context, type: "application/x-tar" },
    signal,
    timeoutMs: 0,
  });
  const said =
    status === 200
      ? await readProgress(body, signal, (line) => {
          id = line.aux?.ID ?? id;
          output.add(textOf(line));
        })
      : refusalText({ status, text: await body.text() });
  output.end();
  if (said !== undefined) throw buildFailed(client, options, output, said);
  const name = id ?? options.references[0];
  const image = name === undefined ? undefined : await inspectImage(client, name, signal);
  if (image === undefined) throw buildFailed(client, options, output, "the engine ended without an image");
  return image;
}

function queryOf(options: BuildOptions) {
  return {
    dockerfile: options.file,
    t: options.references.map(withTag),
    ...(options.target === undefined ? {} : { target: options.target }),
    buildargs: JSON.stringify(options.args),
    labels: JSON.stringify(options.labels),
    nocache: String(options.noCache),
    rm: "true",
    forcerm: "true",
    // Podman would keep no layers by itself, so each build would begin anew.
    layers: "true",
  };
}

/** What belongs into the log; progress of base images would fill it with bars. */
function textOf(line: ProgressLine): string {
  if (line.stream !== undefined) return line.stream;
  return line.status !== undefined && line.id === undefined ? `${line.status}\n` : "";
}

function buildFailed(client: EngineClient, options: BuildOptions, output: BuildOutput, said: string): HubError {
  const name = options.references[0] ?? "it";
  const facts = { output: output.last() };
  const full = refusedBecause(client, `build the image ${name}`, `${said}\n${output.last()}`);
  if (full.code === "disk-full") {
    const message = `${client.dialect.engine} could not build the image ${name}: no space is left where it keeps its images. Free some, then build again.`;
    return new HubError("disk-full", message, { facts });
  }
  const message = `The image ${name} could not be built: ${output.why(said)} Mend that, then build again.`;
  return new HubError("image-build-failed", message, { facts });
}
