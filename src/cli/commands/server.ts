/** `hublet server …`: people's servers, from the command line. */
import { z } from "zod";
import { logSchema, type ServerView } from "../../contract/index.ts";
import { HubError, urlName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { readLaunch } from "../instance.ts";
import { everybody } from "../people-pages.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

const TARGET = { name: "server", description: "NAME, or NAME/SERVER for a named server." };

interface Target {
  readonly label: string;
  /** Path of JupyterHub's API for this server. */
  readonly path: string;
}

function targetOf(words: readonly string[]): Target {
  const word = firstWord(words);
  const [user = "", server = ""] = word.split("/");
  return { label: word, path: `/users/${urlName(user)}/${server === "" ? "server" : `servers/${urlName(server)}`}` };
}

async function activeServers(context: CliContext): Promise<ServerView[]> {
  const people = await everybody(context.hub(), { state: "active" });
  return people.flatMap((person) => person.servers).filter((server) => server.state !== "stopped");
}

export const serverList = command({
  path: ["server", "list"],
  summary: "List servers that run, start or stop",
  positionals: [],
  options: {},
  inside: true,
  examples: ["hublet server list", "hublet server list --json"],
  run: async (context) => {
    const servers = await activeServers(context);
    const rows = servers.map((server) => [
      server.name === "" ? server.user : `${server.user}/${server.name}`,
      server.state,
      readableTime(server.since),
      server.profile ?? "-",
      server.image ?? "-",
      server.url,
    ]);
    return {
      json: servers,
      text: table(["SERVER", "STATE", "SINCE", "PROFILE", "IMAGE", "ADDRESS"], rows, "No server runs."),
    };
  },
});

export const serverStart = command({
  path: ["server", "start"],
  summary: "Start a person's server and wait until it is ready",
  positionals: [TARGET],
  options: {
    profile: z.string().optional().describe("One of the profiles of the configuration."),
    image: z.string().optional().describe("One of the images that the person may choose, like lab/uspy:2.1."),
    wait: z.coerce.number().positive().default(300).describe("Seconds to wait until it is ready."),
  },
  inside: true,
  examples: [
    "hublet server start ada",
    "hublet server start ada --profile large",
    "hublet server start ada --image lab/uspy:2.1",
  ],
  run: async (context, words, options) => {
    const target = targetOf(words);
    await context.hub().request("POST", target.path, z.unknown(), chosen(options));
    const view = await waitUntilSettled(context, target, options.wait);
    if (view.state === "ready") {
      const address = readLaunch(context.instance().state)?.address ?? "";
      return { json: view, text: `${target.label} is ready at ${address}${view.url}` };
    }
    throw new HubError(
      "start-timeout",
      view.failure?.message ??
        `${target.label} is still “${view.state}” after ${options.wait} s. See “hublet server logs ${target.label}”.`,
    );
  },
});

export const serverStop = command({
  path: ["server", "stop"],
  summary: "Stop a person's server; files are kept",
  positionals: [TARGET],
  options: {},
  inside: true,
  examples: ["hublet server stop ada"],
  run: async (context, words) => {
    const target = targetOf(words);
    await context.hub().request("DELETE", target.path, z.unknown());
    const view = await waitUntilSettled(context, target, 60);
    return {
      json: view,
      text: view.state === "stopped" ? `${target.label} is stopped.` : `${target.label} is “${view.state}”.`,
    };
  },
});

export const serverLogs = command({
  path: ["server", "logs"],
  summary: "Show the last lines of a server's own output",
  positionals: [TARGET],
  options: { lines: z.coerce.number().int().min(1).max(10_000).default(200).describe("How many lines.") },
  inside: true,
  examples: ["hublet server logs ada --lines 50"],
  run: async (context, words, options) => {
    const log = await context
      .hub()
      .request("GET", `/hublet${targetOf(words).path}/log?lines=${options.lines}`, logSchema);
    return {
      json: log,
      text:
        log.text === ""
          ? `${targetOf(words).label} has no output: it is not running, or it has written nothing yet.`
          : log.text,
    };
  },
});

const timelineView = z.object({ server: z.custom<ServerView>((value) => typeof value === "object" && value !== null) });

/** @throws HubError `usage` for both at once */
function chosen({ profile, image }: { readonly profile?: string | undefined; readonly image?: string | undefined }) {
  if (profile !== undefined && image !== undefined)
    throw new HubError("usage", "--profile and --image exclude each other.");
  if (profile !== undefined) return { user_options: { profile } };
  if (image === undefined) return {};
  const [, name = image, tag] = /^(.*):([^:/]+)$/.exec(image) ?? [];
  return { user_options: { image: name, ...(tag === undefined ? {} : { tag }) } };
}

/** The hub holds each request until something changed or 10 s passed, so this asks seldom. */
async function waitUntilSettled(context: CliContext, target: Target, seconds: number): Promise<ServerView> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { server } = await context.hub().request("GET", `/hublet${target.path}/timeline?wait=10`, timelineView);
    if (server.state === "ready" || server.state === "stopped" || server.state === "failed" || Date.now() > deadline)
      return server;
  }
}
