/** What `status` reads of a hub that was started. */
import type { LaunchRecord } from "../instance.ts";
import type { LaunchPlan } from "./plan.ts";

/** The record of a start by this process, now. */
export function launchRecord(plan: LaunchPlan): LaunchRecord {
  const { address, engine, config } = plan;
  const notes = [...plan.limitNotes, ...plan.notes];
  return {
    pid: process.pid,
    address,
    engine: engine.kind,
    why: engine.why,
    config,
    started: new Date().toISOString(),
    notes,
  };
}
