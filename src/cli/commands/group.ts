/** `hublet group …`: groups and who is in them. */
import { z } from "zod";
import { groupsSchema, membersSchema } from "../../contract/index.ts";
import { HubError, urlName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { HubClient } from "../hub-client.ts";
import { table } from "../table.ts";

const nothing = z.unknown();
const PAGE = 200;
const GROUP = { name: "group", description: "The group's name." };
const PEOPLE = { name: "people", description: "One or more names.", variadic: true };

export const groupList = command({
  path: ["group", "list"],
  summary: "List groups: how many are in them, what they give, where they are defined",
  positionals: [],
  options: {},
  inside: true,
  examples: ["hublet group list"],
  run: async (context) => {
    const { items } = await context.hub().request("GET", "/hublet/groups", groupsSchema);
    const rows = items.map(({ name, members, gives, place, configured }) => [
      name,
      String(members),
      configured ? (place ?? "configuration") : "by hand",
      gives.join("; ") || "membership only",
    ]);
    return { json: items, text: table(["NAME", "MEMBERS", "DEFINED", "GIVES"], rows, "There are no groups.") };
  },
});

export const groupShow = command({
  path: ["group", "show"],
  summary: "List the members of a group, and why each is one",
  positionals: [GROUP],
  options: {},
  inside: true,
  examples: ["hublet group show staff"],
  run: async (context, words) => {
    const members = await everyMember(context.hub(), firstWord(words));
    const rows = members.map(({ name, because }) => [name, because.join("; ")]);
    return { json: members, text: table(["NAME", "BECAUSE"], rows, "Nobody is in this group.") };
  },
});

export const groupCreate = command({
  path: ["group", "create"],
  summary: "Make a group by hand; what a group gives is said in hublet.yaml",
  positionals: [GROUP],
  options: {},
  inside: true,
  examples: ["hublet group create visitors"],
  run: async (context, words) => {
    const name = firstWord(words);
    await context.hub().request("POST", `/groups/${urlName(name)}`, nothing, {});
    return { json: { name }, text: `The group ${name} was made.` };
  },
});

export const groupRemove = command({
  path: ["group", "remove"],
  summary: "Remove a group that was made by hand; its members stay on the hub",
  positionals: [GROUP],
  options: {},
  inside: true,
  examples: ["hublet group remove visitors"],
  run: async (context, words) => {
    const name = firstWord(words);
    await context.hub().request("DELETE", `/groups/${urlName(name)}`, nothing);
    return { json: { name, removed: true }, text: `The group ${name} was removed.` };
  },
});

export const groupAdd = command({
  path: ["group", "add"],
  summary: "Put people into a group by hand",
  positionals: [GROUP, PEOPLE],
  options: {},
  inside: true,
  examples: ["hublet group add staff ada grace"],
  run: (context, words) => change(context.hub(), "POST", words),
});

export const groupDrop = command({
  path: ["group", "drop"],
  summary: "Take people out of a group they were put into by hand",
  positionals: [GROUP, PEOPLE],
  options: {},
  inside: true,
  examples: ["hublet group drop staff grace"],
  run: (context, words) => change(context.hub(), "DELETE", words),
});

async function change(hub: HubClient, method: "POST" | "DELETE", words: readonly string[]) {
  const name = firstWord(words);
  const users = words.slice(1);
  if (users.length === 0) throw new HubError("usage", "Names of people are missing.");
  await hub.request(method, `/groups/${urlName(name)}/users`, nothing, { users });
  const done = method === "POST" ? `In ${name} now` : `Taken out of ${name}`;
  return { json: { group: name, users }, text: `${done}: ${users.join(", ")}.` };
}

async function everyMember(hub: HubClient, name: string): Promise<z.output<typeof membersSchema>["items"]> {
  const members: z.output<typeof membersSchema>["items"] = [];
  for (;;) {
    const path = `/hublet/groups/${urlName(name)}/members?offset=${members.length}&limit=${PAGE}`;
    const page = await hub.request("GET", path, membersSchema);
    members.push(...page.items);
    // An empty page ends it too: somebody may have left meanwhile.
    if (page.items.length === 0 || members.length >= page.total) return members;
  }
}
