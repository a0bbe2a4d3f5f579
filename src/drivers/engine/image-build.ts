/** Builds by the engine's own builder: Docker's classic one, or buildah behind Podman. */
import type { Readable } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import type { BuildOptions, ImageInfo } from "../port.ts";
import type { ProgressLine } from "./answers.ts";
import { BuildOutput } from "./build-output.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { refusedBecause } from "./errors.ts";
import { inspectImage } from "./image-inspect.ts";
import { authConfigHeader, withTag } from "./image-names.ts";
import { readProgress } from "./image-progress.ts";

/** @throws HubError as `EngineImages.build`; the signal's reason */
export async function buildImage(client: EngineClient, context: Readable, options: BuildOptions): Promise<ImageInfo> {
  const { signal, credentials } = options;
  const output = new BuildOutput(options.onLine);
  let id: string | undefined;
  const { status, body } = await client.open({
    method: "POST",
    path: "/build",
    query: queryOf(options),
    headers: authConfigHeader(credentials ?? {}),
    stream: { source: context, type: "application/x-tar" },
    // Both engines end a build when its connection closes.
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
