/** `hublet user …`: people, from the command line. */
import { z } from "zod";
import { hostAccountOf, loadSnapshot } from "../../config/index.ts";
import { addPeopleResultSchema, claimLinkSchema, removedPersonSchema } from "../../contract/index.ts";
import { HubError, urlName, userName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { everybody } from "../people-pages.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

const nothing = z.unknown();
const NAME = { name: "name", description: "The person's name." };

export const userAdd = command({
  path: ["user", "add"],
  summary: "Add people; each gets a one-time link to choose a password",
  positionals: [{ name: "names", description: "One or more names.", variadic: true }],
  options: {
    admin: z.boolean().default(false).describe("Make them admins."),
    handOverFiles: z.boolean().default(false).describe("Give them the files that removed people of these names left."),
    hostAccount: z
      .boolean()
      .default(false)
      .describe(
        "Also make an account of this host for each (jupyter-NAME, by people.hostAccounts.prefix); needs root.",
      ),
  },
  inside: true,
  examples: ["hublet user add ada grace", "hublet user add --admin linus", "sudo hublet user add --host-account ada"],
  run: async (context, words, options) => {
    const accounts = options.hostAccount ? await makeHostAccounts(context, words) : [];
    const result = await context.hub().request("POST", "/hublet/people", addPeopleResultSchema, {
      names: words,
      admin: options.admin,
      handOverFiles: options.handOverFiles,
    });
    const links = table(
      ["NAME", "ONE-TIME LINK", "EXPIRES"],
      result.links.map((link) => [link.name, link.url, readableTime(link.expiresAt)]),
      "",
    );
    const notes = [
      ...said("Accounts made on this host", accounts),
      ...said("Already there, left as they are", result.existing),
      ...said("No rule lets them in, but they may enter now by your word", result.letIn),
      ...said("The files kept under their name are theirs now", result.handedOver),
      ...said(
        "Files of an earlier person lie under this name; add --hand-over-files if it is the same person",
        result.keptFiles,
      ),
    ];
    return { json: result, text: [links, ...notes].filter((part) => part !== "").join("\n") };
  },
});

export const userList = command({
  path: ["user", "list"],
  summary: "List people and their servers",
  positionals: [],
  options: {
    search: z.string().default("").describe("Only names that contain this text."),
    group: z.string().default("").describe("Only members of this group."),
  },
  inside: true,
  examples: ["hublet user list", "hublet user list --search ada --json", "hublet user list --group staff"],
  run: async (context, _words, options) => {
    const people = await everybody(context.hub(), { search: options.search, group: options.group });
    const rows = people.map((person) => [
      person.name,
      person.admin ? "admin" : "user",
      person.suspended === null ? "yes" : "no (see hublet auth explain)",
      [...(person.claimed ? ["password"] : []), ...person.logins].join(", ") ||
        "none (needs a link: hublet user passwd)",
      person.groups.join(", ") || "-",
      person.servers.map((server) => `${server.name === "" ? "server" : server.name}: ${server.state}`).join(", ") ||
        "-",
      person.lastActivity === null ? "never" : readableTime(person.lastActivity),
    ]);
    return {
      json: people,
      text: table(
        ["NAME", "ROLE", "MAY ENTER", "SIGNS IN BY", "GROUPS", "SERVERS", "LAST ACTIVE"],
        rows,
        "No people match.",
      ),
    };
  },
});

export const userRemove = command({
  path: ["user", "remove"],
  summary: "Remove a person and stop their servers; files are kept unless --archive or --erase",
  positionals: [NAME],
  options: {
    archive: z
      .boolean()
      .default(false)
      .describe("Pack the person's files into an archive of the state folder, then delete them."),
    erase: z.boolean().default(false).describe("Delete the person's files too. This cannot be undone."),
    yes: z.boolean().default(false).describe("Do not ask; without a terminal only --erase needs it."),
  },
  inside: true,
  examples: ["hublet user remove ada", "hublet user remove ada --archive", "hublet user remove ada --erase --yes"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    if (options.archive && options.erase)
      throw new HubError("usage", "Files are either archived or erased. Give one of --archive and --erase.");
    const data = options.erase ? "erase" : options.archive ? "archive" : "keep";
    if (!options.yes && (options.erase || context.interactive)) {
      if (!context.interactive)
        throw new HubError("usage", `This would delete all files of ${name}. Add --yes to say that you mean it.`);
      if (!(await context.confirm(`Remove ${name} ${FILES[data].question}`, { byDefault: false })))
        return { json: { removed: false }, text: "Nothing was changed." };
    }
    const path = `/hublet/people/${urlName(name)}`;
    if (data === "archive") {
      const { archive } = await context.hub().request("DELETE", path, removedPersonSchema, { data });
      const where = archive === null ? "they had no files to archive" : `their files were archived: ${archive}`;
      return {
        json: { removed: true, name, data: FILES[data].done, archive },
        text: `${name} was removed; ${where}`,
      };
    }
    await context.hub().request("DELETE", path, nothing, { data });
    return {
      json: { removed: true, name, data: FILES[data].done },
      text: `${name} was removed; their files were ${FILES[data].done}.`,
    };
  },
});

export const userPasswd = command({
  path: ["user", "passwd"],
  summary: "Set a person's password, or make a one-time link to choose one",
  positionals: [NAME],
  options: {
    link: z.boolean().default(false).describe("Make a one-time link instead; the person chooses the password."),
    stdin: z.boolean().default(false).describe("Read the password from standard input."),
  },
  inside: true,
  examples: [
    "hublet user passwd ada --link",
    "hublet user passwd ada",
    "pass show ada | hublet user passwd ada --stdin",
  ],
  run: async (context, words, options) => {
    const name = firstWord(words);
    if (options.link) {
      const link = await context.hub().request("POST", `/hublet/people/${urlName(name)}/claim`, claimLinkSchema, {});
      return { json: link, text: `${link.url}\nValid once, until ${readableTime(link.expiresAt)}.` };
    }
    if (!options.stdin && !context.interactive)
      throw new HubError("usage", "There is no terminal to ask for the password. Use --stdin, or --link.");
    const password = options.stdin ? (await context.readInput()).replace(/\r?\n$/, "") : await askTwice(context, name);
    if (password === undefined) return { json: { name, changed: false }, text: "Nothing was changed." };
    await context.hub().request("PUT", `/hublet/people/${urlName(name)}/password`, nothing, { password });
    return {
      json: { name, changed: true },
      text: `The password of ${name} was changed; browsers signed in before were signed out.`,
    };
  },
});

export const userAdmin = command({
  path: ["user", "admin"],
  summary: "Make a person an admin, or no longer one",
  positionals: [NAME],
  options: { remove: z.boolean().default(false).describe("Take the admin rights away.") },
  inside: true,
  examples: ["hublet user admin ada", "hublet user admin ada --remove"],
  run: async (context, words, options) => {
    const name = firstWord(words);
    await context.hub().request("PATCH", `/users/${urlName(name)}`, nothing, { admin: !options.remove });
    return {
      json: { name, admin: !options.remove },
      text: options.remove ? `${name} is no longer an admin.` : `${name} is an admin now.`,
    };
  },
});

/** What becomes of a removed person's files, in words. */
const FILES = {
  keep: { question: "and stop their servers? Their files are kept.", done: "kept" },
  archive: { question: "and stop their servers? Their files are packed into an archive.", done: "archived" },
  erase: {
    question: "stop their servers and delete all of their files? This cannot be undone.",
    done: "deleted",
  },
} as const;

/** @returns the names of the accounts that were made now */
async function makeHostAccounts(context: CliContext, names: readonly string[]): Promise<string[]> {
  const { config: file, state } = context.instance();
  const { config } = await loadSnapshot({ file, state, environment: context.env });
  const prefix = config.people.hostAccounts?.prefix ?? "jupyter-";
  const made: string[] = [];
  const { ensureHostAccount } = await import("../../deploy/index.ts"); // large, and for few hubs
  // All names first: a wrong one must not leave half of the accounts behind.
  const wanted = names.map(userName).map((name) => ({ name, account: hostAccountOf(name, prefix) }));
  for (const { name, account } of wanted) if (await ensureHostAccount(account, name)) made.push(account);
  return made;
}

/** Asks until both are the same; undefined when the person gives up. */
async function askTwice(context: CliContext, name: string): Promise<string | undefined> {
  for (;;) {
    const chosen = await context.askSecret(`New password of ${name}:`);
    const again = chosen === undefined ? undefined : await context.askSecret("Once more:");
    if (again === undefined || chosen === again) return again;
    context.note("The two are not the same.");
  }
}

function said(words: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${words}: ${names.join(", ")}.`];
}
