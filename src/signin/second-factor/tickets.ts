/** Sealed texts that say: this browser has just proved the password. */
import { z } from "zod";
import type { UserName } from "../../kernel/index.ts";
import { personOf } from "../../people/index.ts";
import type { UserRow } from "../../store/index.ts";
import { addressKey } from "../address.ts";
import type { SignInContext } from "../context.ts";
import type { PasswordOutcome } from "../port.ts";

/** Milliseconds. */
const LIFE = 600_000;
const PURPOSE = "sign-in-ticket";

type TicketKind = Exclude<PasswordOutcome["kind"], "in">;

const ticketSchema = z.object({
  kind: z.enum(["second-factor", "set-up-second-factor"]),
  id: z.number(),
  name: z.string(),
  /** Changes with the password, and ends the ticket. */
  cookie: z.string(),
  client: z.string(),
  at: z.number(),
});

export interface Ticket extends z.infer<typeof ticketSchema> {
  readonly name: UserName;
}

export function issueTicket(
  { sealer, clock }: SignInContext,
  { kind, row, address }: { readonly kind: TicketKind; readonly row: UserRow; readonly address: string },
): string {
  const { id, name } = personOf(row);
  const ticket: Ticket = { kind, id, name, cookie: row.cookie_id, client: addressKey(address), at: clock.now() };
  return sealer.seal(PURPOSE, JSON.stringify(ticket));
}

/** Undefined when it is forged or old. Whether it still holds for the person is asked with `isOf`. */
export function openTicket({ sealer, clock }: SignInContext, text: string): Ticket | undefined {
  const plain = sealer.open(PURPOSE, text);
  if (plain === undefined) return undefined;
  const ticket = ticketSchema.parse(JSON.parse(plain.reveal()));
  const age = clock.now() - ticket.at;
  // The name was normalised when it was sealed.
  return age >= 0 && age < LIFE ? { ...ticket, name: ticket.name as UserName } : undefined;
}

/** Neither password nor second factor has changed since the ticket was issued, and it is still that person's name. */
export function isOf(ticket: Ticket, row: UserRow | undefined): row is UserRow {
  return row !== undefined && row.id === ticket.id && row.name === ticket.name && row.cookie_id === ticket.cookie;
}
