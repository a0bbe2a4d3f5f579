/** Does what a plan says, step by step, under the host's lock. */
import { HubError, messageOf } from "../../kernel/index.ts";
import type { Host } from "../host/port.ts";
import { disturbances } from "./show.ts";
import type { Plan } from "./types.ts";

export interface ApplyOptions {
  readonly host: Host;
  /** What was shown to a person, who agreed to it. */
  readonly shown: Plan;
  /** Plans again: what another did meanwhile is seen under the lock. */
  readonly plan: () => Promise<Plan>;
  readonly signal: AbortSignal;
  /** Progress for people: a line. */
  readonly note: (line: string) => void;
}

export interface Applied {
  /** Titles of the steps that were done. */
  readonly done: readonly string[];
  readonly notes: readonly string[];
  /** Milliseconds. */
  readonly took: number;
}

/**
 * @throws HubError `host-busy` when another changes the host; `conflict` when the host changed so that this would disturb
 *   people otherwise than was shown; what a step throws, `deployment-unhealthy` among it; the signal's reason
 */
export async function applyPlan(options: ApplyOptions): Promise<Applied> {
  const { host, shown, signal, note } = options;
  const began = performance.now();
  signal.throwIfAborted();
  const lock = await host.lock();
  try {
    const plan = await options.plan();
    const unseen = disturbances(plan).filter((sentence) => !disturbances(shown).includes(sentence));
    if (unseen.length > 0)
      throw new HubError(
        "conflict",
        `The host changed since the plan was shown, and more people would be disturbed now: ${unseen.join(" ")} Look at the plan again.`,
      );
    const done: string[] = [];
    for (const [at, step] of plan.steps.entries()) {
      signal.throwIfAborted();
      note(`[${at + 1}/${plan.steps.length}] ${step.kind}: ${step.title}`);
      await step.run({ host, signal, note: (line) => note(`        ${line}`) });
      done.push(step.title);
    }
    return { done, notes: plan.notes, took: Math.round(performance.now() - began) };
  } finally {
    // What was done is done, whether or not the lock's connection ends well.
    await lock.close().catch((error: unknown) => note(`the lock of ${host.name}: ${messageOf(error)}`));
  }
}
