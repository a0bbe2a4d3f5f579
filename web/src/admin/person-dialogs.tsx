import type { PersonView } from "../../../src/contract/index.ts";
import { LogDialog } from "../parts/log-dialog.tsx";
import { AdminDialog } from "./admin-dialog.tsx";
import { ClaimDialog } from "./claim-dialog.tsx";
import { FactorDialog } from "./factor-dialog.tsx";
import { ForgetDialog } from "./forget-dialog.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { StopDialog } from "./stop-dialog.tsx";

/** What an admin may ask for a person; each opens its dialog. */
export type Ask = "stop" | "log" | "admin" | "claim" | "factor" | "forget" | "remove";

export interface Asked {
  readonly what: Ask;
  readonly person: PersonView;
  /** The server that is meant, for `stop` and `log`; the provider, for `forget`. */
  readonly of: string;
}

/** One dialog at a time, for the list and for the panel of a person. */
export function PersonDialogs({ asked, onClose }: { readonly asked: Asked | null; readonly onClose: () => void }) {
  const who = (what: Ask) => (asked?.what === what ? asked.person : null);
  const of = asked?.of ?? "";
  const logOf = who("log");
  return (
    <>
      <StopDialog person={who("stop")} server={of} onClose={onClose} />
      <AdminDialog person={who("admin")} onClose={onClose} />
      <ClaimDialog person={who("claim")} onClose={onClose} />
      <FactorDialog person={who("factor")} onClose={onClose} />
      <ForgetDialog person={who("forget")} provider={of} onClose={onClose} />
      <RemoveDialog person={who("remove")} onClose={onClose} />
      <LogDialog
        server={logOf === null ? null : { user: logOf.name, name: of }}
        kept={logOf?.servers.find(({ name }) => name === of)?.failure?.log ?? null}
        onClose={onClose}
      />
    </>
  );
}
