/** Options of the command line as commander's records: for parsing, help, and the reference page. */
import { Option } from "commander";
import { z } from "zod";

/** What every command takes. */
export function globalOptions(): readonly Option[] {
  return [
    new Option("--config <file>", "configuration file"),
    new Option("--state <folder>", "state folder"),
    new Option("--account <name>", "service account, when started by root"),
    new Option("--json", "print the result as JSON, errors too"),
  ];
}

/** As it is written on the command line, without its dashes. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The option for one field of a command's shape: `stopServers` becomes `--stop-servers`. */
export function optionOf(name: string, schema: z.ZodType): Option {
  const flag = flagOf(name);
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const description = schema.description ?? "";
  const byDefault =
    json.default === undefined || json.default === false || json.default === "" || Array.isArray(json.default)
      ? ""
      : ` (default: ${String(json.default)})`;
  if (json.type === "boolean") return new Option(`--${flag}`, description);
  const option = new Option(`--${flag} <value>`, description + byDefault);
  if (json.type === "array")
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return option;
}
