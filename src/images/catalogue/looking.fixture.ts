/** What tests of the catalogue share. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type ErrorCode, HubError } from "../../kernel/index.ts";

export const EVERYBODY = { images: [] };
export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** For `assert.rejects`. */
export function failsWith(code: ErrorCode, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

/** Looks until it is good; fails after 10 s. */
export async function until<T>(look: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (const end = Date.now() + 10_000; ; await delay(20)) {
    const value = await look();
    if (good(value)) return value;
    assert.ok(Date.now() < end, JSON.stringify(value));
  }
}
