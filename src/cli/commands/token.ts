/** `hublet token …`: API tokens, from the command line. */
import { z } from "zod";
import { urlName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { table } from "../table.ts";

const tokenSchema = z.looseObject({
  id: z.string(),
  note: z.string(),
  scopes: z.array(z.string()),
  created: z.string(),
  last_activity: z.string().nullable(),
  expires_at: z.string().nullable(),
});
const createdSchema = tokenSchema.extend({ token: z.string() });
const listSchema = z.object({ api_tokens: z.array(tokenSchema) });
const NAME = { name: "name", description: "Whose token." };

export const tokenCreate = command({
  path: ["token", "create"],
  summary: "Make an API token for a person; it is shown once",
  positionals: [NAME],
  options: {
    note: z.string().default("made on the command line").describe("What it is for."),
    expires: z.coerce.number().int().positive().optional().describe("Seconds until it expires; never when left out."),
    scope: z
      .array(z.string())
      .default([])
      .describe("A scope; repeat it for more. All that the person may do when left out."),
  },
  inside: true,
  examples: [
    "hublet token create ada --note backup --expires 86400",
    "hublet token create ada --scope read:users!user=ada",
  ],
  run: async (context, words, options) => {
    const body = {
      note: options.note,
      ...(options.expires === undefined ? {} : { expires_in: options.expires }),
      ...(options.scope.length === 0 ? {} : { scopes: options.scope }),
    };
    const token = await context
      .hub()
      .request("POST", `/users/${urlName(firstWord(words))}/tokens`, createdSchema, body);
    return { json: token, text: token.token };
  },
});

export const tokenList = command({
  path: ["token", "list"],
  summary: "List a person's API tokens",
  positionals: [NAME],
  options: {},
  inside: true,
  examples: ["hublet token list ada"],
  run: async (context, words) => {
    const { api_tokens: tokens } = await context
      .hub()
      .request("GET", `/users/${urlName(firstWord(words))}/tokens`, listSchema);
    const rows = tokens.map((token) => [
      token.id,
      token.note,
      token.created,
      token.last_activity ?? "never",
      token.expires_at ?? "never",
    ]);
    return { json: tokens, text: table(["ID", "NOTE", "CREATED", "LAST USED", "EXPIRES"], rows, "No tokens.") };
  },
});

export const tokenRevoke = command({
  path: ["token", "revoke"],
  summary: "Revoke an API token at once",
  positionals: [NAME, { name: "id", description: "The token's id, as “token list” shows it." }],
  options: {},
  inside: true,
  examples: ["hublet token revoke ada a12"],
  run: async (context, words) => {
    const id = words[1] ?? "";
    await context
      .hub()
      .request("DELETE", `/users/${urlName(firstWord(words))}/tokens/${encodeURIComponent(id)}`, z.unknown());
    return { json: { revoked: id }, text: `Token ${id} is revoked.` };
  },
});
