import { HubError } from "../../kernel/index.ts";
import type { Refreshed } from "../../people/index.ts";
import type { Voice } from "./port.ts";

/** @param title the provider's, as its button has it */
export function voiceOf(title: string): Voice {
  return {
    title,
    refused: (message, detail, cause) =>
      new HubError("sign-in-refused", message, { ...(detail === undefined ? {} : { detail }), cause }),
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
