/** The questions of `hublet init`, asked for what the options did not say. */
import { HubError, userName } from "../kernel/index.ts";
import type { CliContext } from "./context.ts";

export interface InitOptions {
  readonly name: string | undefined;
  readonly reach: string | undefined;
  readonly signIn: string | undefined;
  readonly people: readonly string[];
  readonly admins: readonly string[];
  readonly hostAccounts: boolean;
  readonly organization: readonly string[];
  readonly clientId: string | undefined;
  readonly callbackUrl: string | undefined;
  readonly secretStdin: boolean;
}

interface Common {
  readonly name: string;
  readonly network: boolean;
  readonly admins: readonly string[];
}
export type InitAnswers = Common &
  (
    | { readonly signIn: "first-use"; readonly people: readonly string[]; readonly hostAccounts: boolean }
    | {
        readonly signIn: "github";
        readonly organizations: readonly string[];
        /** Undefined: from the environment. */
        readonly clientId: string | undefined;
        readonly clientSecret: string | undefined;
        readonly callbackUrl: string;
      }
  );

/** Thrown by a question when the person gives up. */
class GaveUp extends Error {}

/** What the file should say; undefined when the person gives up. @throws HubError `usage`, `name-invalid` */
export async function initAnswers(context: CliContext, options: InitOptions): Promise<InitAnswers | undefined> {
  try {
    const common = await commonAnswers(context, options);
    return common.signIn === "github"
      ? { ...common, signIn: "github", ...(await githubAnswers(context, options, common.network)) }
      : { ...common, signIn: "first-use", ...(await firstUseAnswers(context, options)) };
  } catch (error) {
    if (error instanceof GaveUp) return undefined;
    throw error;
  }
}

async function commonAnswers(context: CliContext, options: InitOptions) {
  const name = options.name ?? (await asked(context, "What is your lab called?", "Hublet"));
  const reach =
    oneOf("reach", options.reach, ["here", "network"]) ??
    (await chosen(
      context,
      "Who should reach it?",
      [
        { value: "here", label: "this computer only (others through a proxy in front, or later)" },
        { value: "network", label: "everybody who can reach this computer" },
      ],
      "here",
    ));
  const signIn =
    oneOf("sign-in", options.signIn, ["first-use", "github"]) ??
    (await chosen(
      context,
      "How do people sign in?",
      [
        { value: "first-use", label: "with a name that you list and a password that they choose at their first visit" },
        { value: "github", label: "with GitHub, as members of an organisation" },
      ],
      "first-use",
    ));
  const question = signIn === "github" ? "GitHub logins of admins (with commas):" : "Names of admins (with commas):";
  const admins = options.admins.length > 0 ? words(options.admins) : await listed(context, question, "");
  if (signIn === "first-use") for (const admin of admins) userName(admin);
  return { name, network: reach === "network", signIn, admins } as const;
}

async function firstUseAnswers(context: CliContext, options: InitOptions) {
  const people =
    options.people.length > 0
      ? words(options.people)
      : await listed(context, "Names of people (with commas; more later):", "");
  for (const person of people) userName(person);
  const hostAccounts =
    options.hostAccounts ||
    (context.interactive &&
      (await context.confirm("Are accounts of this host named jupyter-NAME people too?", { byDefault: false })));
  return { people, hostAccounts };
}

async function githubAnswers(context: CliContext, options: InitOptions, network: boolean) {
  const organizations =
    options.organization.length > 0
      ? words(options.organization)
      : await listed(context, "GitHub organisations (or ORGANISATION:TEAM, with commas):");
  const guess = network ? "https://" : "http://127.0.0.1:8000/hub/oauth_callback";
  const callbackUrl =
    options.callbackUrl ??
    context.env.OAUTH_CALLBACK_URL ??
    (await asked(context, "Callback address of the OAuth app (https://HOST/hub/oauth_callback):", guess));
  const fromEnvironment = context.env.GITHUB_CLIENT_ID ?? context.env.OAUTH_CLIENT_ID;
  const clientId =
    options.clientId ??
    (fromEnvironment === undefined || fromEnvironment === ""
      ? await asked(context, "Client id of the OAuth app (github.com → Settings → Developer settings):")
      : undefined);
  return { organizations, callbackUrl, clientId, clientSecret: await clientSecretOf(context, options) };
}

/** Never echoed, and never among the options, which everybody on the host can read. */
async function clientSecretOf(context: CliContext, options: InitOptions): Promise<string | undefined> {
  if (options.secretStdin) return (await context.readInput()).replace(/\r?\n$/, "");
  const fromEnvironment = context.env.GITHUB_CLIENT_SECRET ?? context.env.OAUTH_CLIENT_SECRET;
  if (fromEnvironment !== undefined && fromEnvironment !== "") return undefined;
  if (!context.interactive) throw missing("the client secret", "--secret-stdin, or GITHUB_CLIENT_SECRET");
  const secret = await context.askSecret("Client secret of the OAuth app (not shown):");
  if (secret === undefined) throw new GaveUp();
  return secret;
}

async function asked(context: CliContext, question: string, byDefault?: string): Promise<string> {
  if (!context.interactive) {
    if (byDefault !== undefined && byDefault !== "https://") return byDefault;
    throw missing(question.replace(/[:?]$/, ""), "an option; see “hublet init --help”");
  }
  const answer = await context.askText(question, byDefault === undefined ? {} : { byDefault });
  if (answer === undefined) throw new GaveUp();
  return answer;
}

async function listed(context: CliContext, question: string, byDefault?: string): Promise<string[]> {
  if (!context.interactive) {
    if (byDefault !== undefined) return words([byDefault]);
    throw missing(question.replace(/ \(.*/, ""), "an option; see “hublet init --help”");
  }
  const answer = await context.askText(question, { optional: byDefault !== undefined });
  if (answer === undefined) throw new GaveUp();
  return words([answer]);
}

async function chosen<V extends string>(
  context: CliContext,
  question: string,
  choices: readonly { readonly value: V; readonly label: string }[],
  byDefault: V,
): Promise<V> {
  if (!context.interactive) return byDefault;
  const answer = await context.askChoice(question, choices);
  if (answer === undefined) throw new GaveUp();
  return answer;
}

function oneOf<V extends string>(option: string, value: string | undefined, allowed: readonly V[]): V | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new HubError("usage", `The option --${option} must be ${allowed.join(" or ")}.`);
  return found;
}

function words(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== "");
}

function missing(what: string, how: string): HubError {
  return new HubError("usage", `There is no terminal to ask: “${what}”. Say it by ${how}.`);
}
