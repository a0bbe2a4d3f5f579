/** `hublet secrets edit`: the vault's secrets in an editor, decrypted in memory only. */
import { setValues } from "../../config/index.ts";
import { HubError, type Secret } from "../../kernel/index.ts";
import { command } from "../command.ts";
import { secretsOfText, textOfSecrets } from "../secrets/edit-text.ts";
import { editText } from "../secrets/editor.ts";
import { identitiesOf, openedVault } from "../secrets/store.ts";

export const secretsEdit = command({
  path: ["secrets", "edit"],
  summary: "Edit the secrets of the vault in your editor; they are decrypted in memory only",
  positionals: [],
  options: {},
  examples: ["hublet secrets edit", "EDITOR=nano hublet secrets edit"],
  run: async (context) => {
    const { file, values } = await openedVault(context);
    const edited = await editText(textOfSecrets(values), context.env, async (text) => {
      const result = secretsOfText(text);
      if ("values" in result) return result.values;
      const why = result.mistakes.join("\n");
      if (!context.interactive) throw new HubError("bad-request", `Nothing was changed.\n${why}`);
      context.note(why);
      if (await context.confirm("Edit again?", { byDefault: true })) return undefined;
      return values;
    });
    const changes = changesOf(values, edited);
    if (changes.size === 0) return { json: { file, set: [], removed: [] }, text: "Nothing was changed." };
    await setValues(file, changes, identitiesOf(context));
    const set = [...changes].filter(([, value]) => value !== undefined).map(([name]) => name);
    const removed = [...changes].filter(([, value]) => value === undefined).map(([name]) => name);
    const said = [
      ...(set.length > 0 ? [`Set: ${set.join(", ")}.`] : []),
      ...(removed.length > 0 ? [`Removed: ${removed.join(", ")}.`] : []),
    ];
    return { json: { file, set, removed }, text: [...said, "A running hub takes this over at once."].join("\n") };
  },
});

function changesOf(
  before: ReadonlyMap<string, Secret>,
  after: ReadonlyMap<string, Secret>,
): ReadonlyMap<string, Secret | undefined> {
  const changes = new Map<string, Secret | undefined>();
  for (const [name, value] of after) if (before.get(name)?.reveal() !== value.reveal()) changes.set(name, value);
  for (const name of before.keys()) if (!after.has(name)) changes.set(name, undefined);
  return changes;
}
