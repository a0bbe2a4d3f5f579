/** `hublet user requests|approve|refuse`: people who asked for an account. */
import { z } from "zod";
import { signUpsSchema } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { table } from "../table.ts";

const nothing = z.unknown();
const ID = { name: "id", description: "The request's number, as “hublet user requests” shows it." };

export const userRequests = command({
  path: ["user", "requests"],
  summary: "List requests for an account (signIn.signUp: approval)",
  positionals: [],
  options: {},
  inside: true,
  examples: ["hublet user requests"],
  run: async (context) => {
    const { items } = await context.hub().request("GET", "/hublet/sign-ups", signUpsSchema);
    const rows = items.map(({ id, name, address, created, note }) => [String(id), name, address, created, note]);
    return { json: items, text: table(["ID", "NAME", "FROM", "ASKED", "NOTE"], rows, "Nobody waits for an account.") };
  },
});

export const userApprove = command({
  path: ["user", "approve"],
  summary: "Give somebody the account they asked for",
  positionals: [ID],
  options: {},
  inside: true,
  examples: ["hublet user approve 3"],
  run: async (context, words) => {
    const id = numberOf(words);
    await context.hub().request("POST", `/hublet/sign-ups/${id}/approve`, nothing, {});
    return { json: { id, approved: true }, text: "They can sign in now with the password they chose." };
  },
});

export const userRefuse = command({
  path: ["user", "refuse"],
  summary: "Refuse a request for an account",
  positionals: [ID],
  options: {},
  inside: true,
  examples: ["hublet user refuse 3"],
  run: async (context, words) => {
    const id = numberOf(words);
    await context.hub().request("DELETE", `/hublet/sign-ups/${id}`, nothing);
    return { json: { id, approved: false }, text: "The request was refused and forgotten." };
  },
});

function numberOf(words: readonly string[]): number {
  const word = firstWord(words);
  if (!/^\d{1,9}$/.test(word))
    throw new HubError("usage", `“${word}” is not the number of a request. “hublet user requests” lists them.`);
  return Number(word);
}
