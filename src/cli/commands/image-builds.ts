/** `hublet image builds|log|cancel`: builds that are under way, or have ended. */
import { z } from "zod";
import { buildSchema, buildsSchema } from "../../contract/index.ts";
import { urlName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { followBuild, outcomeOf } from "../image/following.ts";
import { table } from "../table.ts";
import { readableTime } from "../times.ts";

const ID = { name: "build", description: "Its id, as “hublet image builds” shows it." };

export const imageBuilds = command({
  path: ["image", "builds"],
  summary: "List builds, the newest first",
  positionals: [],
  options: { limit: z.coerce.number().int().min(1).max(1000).default(20).describe("How many.") },
  inside: true,
  examples: ["hublet image builds"],
  run: async (context, _words, { limit }) => {
    const { items } = await context.hub().request("GET", "/hublet/builds", buildsSchema);
    const shown = items.slice(0, limit);
    const rows = shown.map((build) => [
      build.id,
      build.name,
      build.kind,
      build.state,
      build.version ?? "-",
      build.by,
      readableTime(build.startedAt),
    ]);
    return {
      json: shown,
      text: table(["BUILD", "NAME", "KIND", "STATE", "VERSION", "BY", "BEGUN"], rows, "Nothing was built yet."),
    };
  },
});

export const imageLog = command({
  path: ["image", "log"],
  summary: "Show the log of a build, and wait for its end",
  positionals: [ID],
  options: {},
  inside: true,
  examples: ["hublet image log 20300102-030405-a1b2c3"],
  run: async (context, words) => outcomeOf(await followBuild(context, urlName(firstWord(words)), { cancels: false })),
});

export const imageCancel = command({
  path: ["image", "cancel"],
  summary: "Cancel a build; names that people use stay as they are",
  positionals: [ID],
  options: {},
  inside: true,
  examples: ["hublet image cancel 20300102-030405-a1b2c3"],
  run: async (context, words) => {
    const id = urlName(firstWord(words));
    const build = await context.hub().request("DELETE", `/hublet/builds/${id}`, buildSchema);
    const text = build.endedAt === null ? `Build ${id} is being cancelled.` : `Build ${id} had ended: ${build.message}`;
    return { json: build, text };
  },
});
