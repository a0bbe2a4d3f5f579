/** The documentation says what is true: references are those of the code, examples are accepted, links lead somewhere. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { generatedFiles } from "../docs/generate.ts";
import { commandIndex, globalOptions, loadCommand, optionOf } from "../src/cli/index.ts";
import { parseConfig } from "../src/config/index.ts";
import { CATALOGUE, HubError } from "../src/kernel/index.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

test("generated pages and the JSON Schema are those of the code", async () => {
  for (const [path, text] of Object.entries(await generatedFiles()))
    assert.equal(read(path), text, `${path} is old: run “node docs/generate.ts”`);
});

test("docs/errors.md has every code of the catalogue and no other, with its title and status", () => {
  const entries = [...read("docs/errors.md").matchAll(/^### `([a-z-]+)`\n(.+?) \(status (\d+)\)\. \S/gm)];
  const written = entries.map(([, code, title, status]) => `${code}: ${title} (${status})`);
  const known = Object.entries(CATALOGUE).map(([code, { title, status }]) => `${code}: ${title} (${status})`);
  assert.deepEqual(written.toSorted(), known.toSorted());
});

test("docs/architecture.md names every room", () => {
  const rows = read("docs/architecture.md").match(/^\| \d \|.*$/gm) ?? [];
  const named = rows.flatMap((row) => [...(row.split("|")[2] ?? "").matchAll(/`(\w+)`/g)].map(([, room]) => room));
  assert.deepEqual(named.toSorted(), readdirSync(join(root, "src")).toSorted());
});

test("every example of hublet.yaml is accepted", () => {
  const examples = PAGES.flatMap((page) => blocks(page, "yaml").map((text) => ({ page, text })));
  assert.ok(examples.length >= 5, `examples were found: ${examples.length}`);
  for (const { page, text } of examples) {
    // An example of groups need not repeat the sign-in and the profiles that it speaks of.
    const wrong = problemsOf(text, page).filter(
      (message) => !/is not configured$|there is no (signIn|profile)/.test(message),
    );
    assert.deepEqual(wrong, []);
  }
});

test("every command in the documentation exists, with its options", async () => {
  const commands = await Promise.all(commandIndex.map(loadCommand));
  const lines = PAGES.flatMap((page) => [
    ...blocks(page, "sh").flatMap((text) => text.split("\n")),
    ...[...read(page).matchAll(/`(\.\/hublet [^`]+)`/g)].map(([, line]) => line ?? ""),
  ]).filter((line) => line.startsWith("./hublet "));
  assert.ok(lines.length >= 15, `commands were found: ${lines.length}`);
  for (const line of lines) {
    // Words after “--” are another program's.
    const words =
      line
        .split(/\s+(?:#|--\s)/)[0]
        ?.trim()
        .split(/\s+/)
        .slice(1) ?? [];
    if (words[0] === "COMMAND" || words[0] === "…") continue;
    const command = commands.find(({ path }) => path.every((word, index) => words[index] === word));
    assert.ok(command !== undefined, line);
    const options = [
      ...Object.entries(command.options).map(([name, schema]) => optionOf(name, schema)),
      ...globalOptions(),
    ];
    const known = ["--help", ...options.map((option) => option.long)];
    for (const word of words.filter((each) => each.startsWith("--")))
      assert.ok(known.includes(word), `${line}: ${word}`);
  }
});

test("every link between the pages leads somewhere", () => {
  for (const page of PAGES) {
    for (const [, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(root, file)), `${page}: ${target}`);
      if (heading !== undefined) assert.ok(anchors(file).includes(heading), `${page}: ${target}`);
    }
  }
});

function problemsOf(text: string, page: string): string[] {
  try {
    parseConfig(text, page);
    return [];
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    return error.message.split("\n").slice(1);
  }
}

function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, text]) => text ?? "",
  );
}

/** As GitHub makes them of headings. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
