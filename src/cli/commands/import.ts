/** `hublet import …`: what another hub's files say, for a hub of ours. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { readDbm } from "../import/dbm/read.ts";
import { propose, type SourceFile } from "../import/proposal.ts";

export const importCompose = command({
  path: ["import", "compose"],
  summary: "Make a hublet.yaml of a JupyterHub on Docker Compose; nothing of it is changed",
  positionals: [{ name: "file", description: "The Compose file." }],
  options: {
    hubConfig: z.string().optional().describe("Its jupyterhub_config.py, which is read and never run."),
    volumes: z.string().optional().describe("Its volumes_config.py with VOLUMES = {…}."),
  },
  examples: [
    "hublet import compose docker-compose.yaml --hub-config jupyterhub_config.py > hublet.yaml",
    "hublet import compose docker-compose.yaml --hub-config jupyterhub_config.py --volumes volumes_config.py",
  ],
  run: async (context, words, options) => {
    const file = (path: string | undefined) => (path === undefined ? undefined : sourceFile(context, path));
    const { yaml, notes } = propose(
      sourceFile(context, firstWord(words)),
      file(options.hubConfig),
      file(options.volumes),
    );
    for (const note of notes) context.note(note);
    return { json: { yaml, notes }, text: yaml.trimEnd() };
  },
});

export const importPasswords = command({
  path: ["import", "passwords"],
  summary: "Write the passwords of FirstUseAuthenticator as rows for “hublet user import -”: names and hashes",
  positionals: [{ name: "file", description: "Its dbm file, as dbm_path names it (passwords.dbm)." }],
  options: {},
  examples: [
    "hublet import passwords passwords.dbm | hublet user import - --give nothing",
    "hublet import passwords /srv/jupyterhub/password/passwords.dbm --json",
  ],
  run: async (context, words) => {
    const rows = [...readDbm(resolve(context.cwd, firstWord(words)))].map(([name, passwordHash]) => ({
      name,
      passwordHash,
    }));
    if (rows.length === 0)
      throw new HubError(
        "bad-request",
        "There is nobody in that file. Name the one that dbm_path of the old hub names.",
      );
    // Names may hold anything; bcrypt's hashes hold nothing that CSV would mind.
    const lines = rows.map(({ name, passwordHash }) => `"${name.replaceAll('"', '""')}",${passwordHash}`);
    return { json: rows, text: ["name,password_hash", ...lines].join("\n") };
  },
});

function sourceFile(context: CliContext, path: string): SourceFile {
  try {
    return { name: basename(path), text: readFileSync(resolve(context.cwd, path), "utf8") };
  } catch (cause) {
    throw new HubError("usage", `The file ${path} cannot be read: ${messageOf(cause)}. Check the path.`, { cause });
  }
}
