/** `hublet init`: the few questions that matter, and a configuration that answers them. */
import { existsSync } from "node:fs";
import { z } from "zod";
import { snapshotFromText, writeNewConfig, writeSecret } from "../../config/index.ts";
import { HubError, Secret } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { initAnswers } from "../init-answers.ts";
import { GITHUB_SECRET, initText } from "../init-text.ts";
import { accountGroup } from "../secret-owner.ts";
import { checkConfigOwner } from "../up/config-owner.ts";

const texts = z.array(z.string()).default([]);

export const init = command({
  path: ["init"],
  summary: "Ask the few questions that matter and write the configuration",
  positionals: [],
  options: {
    name: z.string().optional().describe("The lab's name."),
    reach: z.string().optional().describe("here: this computer only; network: everybody who can reach it."),
    signIn: z.string().optional().describe("first-use: names and passwords; github: members of an organisation."),
    people: texts.describe("Names of people; may be said several times, or with commas."),
    admins: texts.describe("Names (or GitHub logins) of admins; may be said several times, or with commas."),
    hostAccounts: z.boolean().default(false).describe("Accounts of this host named jupyter-NAME are people too."),
    organization: texts.describe("GitHub organisation, or ORGANISATION:TEAM, whose members may enter."),
    clientId: z.string().optional().describe("Client id of the OAuth app; default: GITHUB_CLIENT_ID."),
    callbackUrl: z.string().optional().describe("Callback address of the OAuth app; default: OAUTH_CALLBACK_URL."),
    secretStdin: z.boolean().default(false).describe("Read the client secret from standard input."),
    yes: z.boolean().default(false).describe("Ask nothing: what no option says is as the question would propose it."),
  },
  examples: [
    "hublet init",
    "hublet init --yes",
    "hublet init --name Lab --reach network --admins ada --people grace,linus --host-accounts",
    "pass show hub/github | hublet init --sign-in github --organization my-lab --admins ada --client-id Iv1.abc --callback-url https://hub.example.org/hub/oauth_callback --secret-stdin",
  ],
  run: async (context, _words, options) => {
    const { config: file, account } = context.instance();
    checkConfigOwner(file);
    if (existsSync(file))
      throw new HubError(
        "conflict",
        `There is a configuration already: ${file}. Edit it, or choose another place with --config.`,
      );
    const answers = await initAnswers(options.yes ? { ...context, interactive: false } : context, options);
    if (answers === undefined) return { json: { written: false }, text: "Nothing was written." };
    const text = initText(answers);
    const clientSecret = answers.signIn === "github" ? answers.clientSecret : undefined;
    snapshotFromText(text, {
      file: "the answers",
      environment: context.env,
      ...(clientSecret === undefined ? {} : { secrets: { [GITHUB_SECRET]: clientSecret } }),
    });
    const owner = await accountGroup(account);
    // The secret first: a configuration without it would be refused.
    const secrets =
      clientSecret === undefined ? [] : [writeSecret(file, GITHUB_SECRET, new Secret(clientSecret), owner)];
    writeNewConfig(file, text, owner.group);
    const written = [file, ...secrets].map((path) => `Wrote ${path}.`);
    const callback =
      answers.signIn === "github" ? [`The OAuth app's callback address must be ${answers.callbackUrl}`] : [];
    return {
      json: { written: true, file, secrets },
      text: [...written, ...callback, `Next: ${nextCommand(context.instance(), context.env)}`].join("\n"),
    };
  },
});

/** The commands find the file by themselves only at its usual place. */
function nextCommand(
  instance: { readonly config: string; readonly state: string },
  env: Readonly<Record<string, string | undefined>>,
): string {
  const usual = /\/(etc\/hublet|hublet)\/hublet\.yaml$/.test(instance.config) || env.HUBLET_CONFIG !== undefined;
  const named = usual ? "" : ` --config ${instance.config}`;
  return `hublet up${named} in this terminal, or hublet plan${named} for a server with systemd`;
}
