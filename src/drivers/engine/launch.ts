import { type Clock, HubError } from "../../kernel/index.ts";
import { HUB_LABEL, READ_ONLY_ROOT_LABEL } from "../labels.ts";
import type { LaunchSpec, Running, StartOptions } from "../port.ts";
import { createdAnswer } from "./answers.ts";
import { type EngineClient, refusalText } from "./client.ts";
import { containerBody } from "./container-spec.ts";
import { belongsTo, inspectContainer, publishedUrl, removeContainer } from "./containers.ts";
import { imageMissing, mountMissing, refused } from "./errors.ts";
import type { EngineFacts } from "./facts.ts";
import { inspectImage } from "./image-inspect.ts";
import { createNetwork, removeNetwork } from "./networks.ts";
import { containerOutput } from "./output.ts";

export interface LaunchContext {
  readonly client: EngineClient;
  readonly facts: EngineFacts;
  readonly hub: string;
  readonly clock: Clock;
}

/** Creating copies the image's files into a new volume, which takes as long as the disk does. */
const CREATE_MS = 120_000;
const START_MS = 60_000;
const LAST_LINES = 20;
/** How often, a second apart, a container whose creation got lost is looked for. */
const LATE_LOOKS = 5;

/**
 * Creates and starts a container. Calls that change something are not cut by the caller's signal: an engine goes on with what it
 * has begun, so the answer is awaited and then undone. Only that way is nothing left when this rejects.
 */
export async function launch(context: LaunchContext, spec: LaunchSpec, options: StartOptions): Promise<Running> {
  const { client, facts, hub } = context;
  const { signal } = options;
  signal.throwIfAborted();
  const labels = { ...spec.labels, [HUB_LABEL]: hub };
  const readOnlyRoot = await wantsReadOnlyRoot(client, spec, signal);
  await clearLeftover(context, spec.name, signal);

  const attempt = { network: false, created: "no" as "no" | "unknown" | "yes" };
  try {
    let networkMode = facts.isolation.kind === "private" ? facts.isolation.mode : "";
    if (facts.isolation.kind === "bridge") {
      options.onStep?.("network");
      attempt.network = true;
      networkMode = await createNetwork(client, spec.name, labels);
      signal.throwIfAborted();
    }
    options.onStep?.("create");
    const body = containerBody(spec, { dialect: client.dialect, facts, labels, networkMode, readOnlyRoot });
    attempt.created = "unknown";
    const answer = await client.call({
      method: "POST",
      path: "/containers/create",
      query: { name: spec.name },
      body,
      timeoutMs: CREATE_MS,
    });
    if (answer.status >= 300) {
      attempt.created = "no";
      const said = refusalText(answer);
      if (client.dialect.nameTaken(answer.status, said)) throw nameTaken(spec.name);
      if (answer.status === 404 && /image/i.test(said)) throw imageMissing(client, spec.image);
      throw mountMissing(client, spec.mounts, answer) ?? refused(client, `create the server ${spec.name}`, answer);
    }
    attempt.created = "yes";
    const { Id: id } = createdAnswer.parse(JSON.parse(answer.text));
    signal.throwIfAborted();

    options.onStep?.("start");
    const started = await client.call({ method: "POST", path: `/containers/${id}/start`, timeoutMs: START_MS });
    if (started.status >= 300) {
      throw mountMissing(client, spec.mounts, started) ?? refused(client, `start the server ${spec.name}`, started);
    }
    signal.throwIfAborted();

    const container = await inspectContainer(client, id, signal);
    const url = container === undefined ? undefined : publishedUrl(container);
    if (container?.State.Running !== true || url === undefined) {
      throw endedAtOnce(spec.name, container?.State, await containerOutput(client, id, LAST_LINES));
    }
    return { id, url };
  } catch (error) {
    await undo(context, spec.name, attempt, error);
    throw error;
  }
}

async function wantsReadOnlyRoot(client: EngineClient, spec: LaunchSpec, signal: AbortSignal): Promise<boolean> {
  if (spec.readOnlyRoot !== "auto") return spec.readOnlyRoot;
  const image = await inspectImage(client, spec.image, signal);
  if (image === undefined) throw imageMissing(client, spec.image);
  return image.labels[READ_ONLY_ROOT_LABEL] === "true";
}

/** Removes what an earlier life of the same server left. @throws HubError `conflict` when it runs or belongs to another */
async function clearLeftover(context: LaunchContext, name: string, signal: AbortSignal): Promise<void> {
  const { client, facts, hub } = context;
  const leftover = await inspectContainer(client, name, signal);
  if (leftover !== undefined) {
    if (!belongsTo(leftover, hub)) throw nameTaken(name);
    if (leftover.State.Running) {
      throw new HubError("conflict", `The server ${name} is running already. Stop it first, or use it as it is.`);
    }
    await removeContainer(client, leftover.Id);
  }
  if (facts.isolation.kind === "bridge") await removeNetwork(client, name, hub);
}

async function undo(
  context: LaunchContext,
  name: string,
  attempt: { readonly network: boolean; readonly created: "no" | "unknown" | "yes" },
  cause: unknown,
): Promise<void> {
  const { client, hub, clock } = context;
  try {
    const looks = attempt.created === "no" ? 0 : attempt.created === "yes" ? 1 : LATE_LOOKS;
    for (let look = 0; look < looks; look++) {
      if (look > 0) await clock.sleep(1000);
      const container = await inspectContainer(client, name);
      if (container === undefined) continue;
      if (belongsTo(container, hub)) await removeContainer(client, container.Id);
      break;
    }
    if (attempt.network) await removeNetwork(client, name, hub);
  } catch (error) {
    throw new HubError(
      "engine-refused",
      `The server ${name} did not start, and what it left on ${client.dialect.engine} could not be removed. It is replaced at the next start.`,
      { cause: new AggregateError([cause, error], "start failed, and so did its undoing") },
    );
  }
}

function nameTaken(name: string): HubError {
  return new HubError(
    "conflict",
    `The name ${name} is taken by a container that does not belong to this hub. Remove or rename that container.`,
  );
}

function endedAtOnce(
  name: string,
  state: { readonly ExitCode: number; readonly OOMKilled: boolean } | undefined,
  output: string,
): HubError {
  // The container is removed now, so its last words travel with the error.
  const facts = { output };
  if (state?.OOMKilled === true) {
    const message = `The server ${name} ran out of memory at once. Give it a larger memory limit.`;
    return new HubError("out-of-memory", message, { facts });
  }
  const how = state === undefined ? "was removed by somebody" : `ended at once with exit code ${state.ExitCode}`;
  const message = `The server ${name} ${how}. Look at its output, and at the image's command.`;
  return new HubError("process-died", message, { facts });
}
