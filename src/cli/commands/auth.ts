/** `hublet auth …`: why somebody may enter or not, what they get, and who is held off. */
import { z } from "zod";
import { type Explanation, explanationSchema, lockoutsSchema, type Reason } from "../../contract/index.ts";
import { HubError, urlName } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { policyLines } from "../policy-lines.ts";
import { table } from "../table.ts";

const nothing = z.unknown();

export const authExplain = command({
  path: ["auth", "explain"],
  summary: "Explain whether a person may enter, how, in which groups they are and what they get, each with its rule",
  positionals: [{ name: "name", description: "The person's name; also one that nobody has yet." }],
  options: {},
  inside: true,
  examples: ["hublet auth explain ada", "hublet auth explain ada --json"],
  run: async (context, words) => {
    const name = firstWord(words);
    const found = await context.hub().request("GET", `/hublet/people/${urlName(name)}/explanation`, explanationSchema);
    return { json: found, text: explanationText(found) };
  },
});

export const authLockouts = command({
  path: ["auth", "lockouts"],
  summary: "List who is held off after too many failed attempts to sign in",
  positionals: [],
  options: {},
  inside: true,
  examples: ["hublet auth lockouts"],
  run: async (context) => {
    const { items } = await context.hub().request("GET", "/hublet/lockouts", lockoutsSchema);
    const rows = items.map(({ key, name, address, failures, until }) => [
      name ?? "anybody",
      address ?? "anywhere",
      String(failures),
      until,
      key,
    ]);
    return { json: items, text: table(["NAME", "FROM", "FAILURES", "UNTIL", "KEY"], rows, "Nobody is held off.") };
  },
});

export const authUnlock = command({
  path: ["auth", "unlock"],
  summary: "Forgive the failed attempts of a person, or one entry of “hublet auth lockouts”",
  positionals: [{ name: "name", description: "A person's name, or a key as “hublet auth lockouts” shows it." }],
  options: {},
  inside: true,
  examples: ["hublet auth unlock ada", "hublet auth unlock address:192.0.2.7"],
  run: async (context, words) => {
    const wanted = firstWord(words);
    const hub = context.hub();
    const { items } = await hub.request("GET", "/hublet/lockouts", lockoutsSchema);
    const found = items.filter(({ key, name }) => key === wanted || name === wanted.toLowerCase());
    if (found.length === 0)
      throw new HubError("not-found", `Nobody called “${wanted}” is held off, and no such entry.`);
    for (const { key } of found) await hub.request("DELETE", "/hublet/lockouts", nothing, { key });
    return { json: found, text: `Forgiven: ${found.map(({ key }) => key).join(", ")}.` };
  },
});

export const authResetSecondFactor = command({
  path: ["auth", "reset-second-factor"],
  summary: "Remove the one-time codes of a person who lost their app; signs them out",
  positionals: [{ name: "name", description: "The person's name." }],
  options: {},
  inside: true,
  examples: ["hublet auth reset-second-factor ada"],
  run: async (context, words) => {
    const name = firstWord(words);
    await context.hub().request("DELETE", `/hublet/people/${urlName(name)}/second-factor`, nothing);
    return { json: { name }, text: `${name} signs in by password alone until a new app is set up.` };
  },
});

function explanationText(found: Explanation): string {
  const methods = found.methods.map(({ title, usable, text }) => `  ${usable ? "yes" : "no "}  ${title}: ${text}`);
  const identities = found.identities.map(
    ({ provider, login, groups, refreshedAt, problem }) =>
      `  ${provider}: ${login}${groups.length === 0 ? "" : `, in ${groups.join(", ")}`} (looked up ${refreshedAt}${problem === null ? "" : `; since then: ${problem}`})`,
  );
  return [
    `${found.name}${found.exists ? "" : " (not on this hub yet)"}`,
    "",
    `May enter: ${found.enter.allowed ? "yes" : "no"}`,
    ...reasons(found.enter.because),
    ...(methods.length === 0 ? [] : ["Ways to sign in:", ...methods]),
    ...(identities.length === 0 ? [] : ["Known as:", ...identities]),
    ...(found.lockouts.length === 0 ? [] : ["Held off:", ...found.lockouts.map(({ text }) => `  ${text}`)]),
    "",
    `Admin: ${found.admin.admin ? "yes" : "no"}`,
    ...reasons(found.admin.because),
    found.groups.length === 0 ? "Groups: none" : "Groups:",
    ...found.groups.flatMap(({ name, because }) => [`  ${name}`, ...reasons(because).map((line) => `  ${line}`)]),
    "",
    "Gets:",
    ...policyLines(found.policy).map((line) => `  ${line}`),
  ].join("\n");
}

function reasons(because: readonly Reason[]): string[] {
  return because.map(({ text, place }) => `  ${text}${place === null ? "" : ` (${place})`}`);
}
