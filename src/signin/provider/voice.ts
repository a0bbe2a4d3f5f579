import { HubError } from "../../kernel/index.ts";
import type { Refreshed } from "../../people/index.ts";
import type { Voice } from "./port.ts";

/**
 * The provider was asked about a code, and did not take it: as likely made up as too old. Everything else that fails
 * with a code that it did take is nobody's guess.
 */
export class CodeRefused extends HubError {
  constructor(message: string, detail: string, cause?: unknown) {
    super("sign-in-refused", message, { detail, cause });
  }
}

/** @param title the provider's, as its button has it */
export function voiceOf(title: string): Voice {
  return {
    title,
    refused: (message, detail, cause) =>
      new HubError("sign-in-refused", message, { ...(detail === undefined ? {} : { detail }), cause }),
    refusedCode: (detail, cause) =>
      new CodeRefused(
        `${title} does not take this sign-in any more: it was used already or is too old. Begin again at the sign-in page.`,
        detail,
        cause,
      ),
    unreachable: (host, what, cause) =>
      new HubError(
        "provider-unreachable",
        `${title} (${host}) could not be asked: ${what}. Try again in a few minutes; if it stays so, an admin should see whether this host reaches ${host}.`,
        { cause },
      ),
    misconfigured: (what, remedy) =>
      new HubError("bad-config", `Signing in with ${title} does not work: ${what}. An admin has to ${remedy}.`, {
        status: 500,
      }),
  };
}

/** Of an identity that is another instance's than the one that could be asked now: nothing is known, nothing is lost. */
export function otherInstance({ title }: Voice): Refreshed {
  return {
    ...{ kind: "unavailable", whose: "provider" },
    why: `The configuration names another ${title} now, which does not know this account.`,
  };
}
