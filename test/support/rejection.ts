import assert from "node:assert/strict";
import { HubError } from "../../src/kernel/index.ts";

/** The HubError that `promise` ends with; fails when it ends otherwise. */
export async function rejection(promise: Promise<unknown>): Promise<HubError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof HubError, error instanceof Error ? error.stack : String(error));
    return error;
  }
  return assert.fail("it succeeded");
}
