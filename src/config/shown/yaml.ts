/** The configuration as YAML that could be its file. */
import { stringify } from "yaml";
import type { z } from "zod";
import { configSchema } from "../../contract/index.ts";
import { childOf, choices, hasShape } from "../text/known-keys.ts";
import { maskedConfig, type ShownConfig } from "./masked.ts";
import { withUnit } from "./units.ts";

/** @param options.defaults also what has its default */
export function configYaml(config: ShownConfig, options: { readonly defaults: boolean }): string {
  const shown = written(maskedConfig(config), configSchema, "", options.defaults);
  return isMap(shown) && Object.keys(shown).length > 0 ? stringify(shown, { lineWidth: 0 }) : "{}\n";
}

function written(value: unknown, schema: unknown, key: string, defaults: boolean): unknown {
  if (Array.isArray(value)) {
    const element = choices(schema).flatMap((choice) => childOf(choice, "0"))[0];
    return value.map((item) => written(item, element, key, defaults));
  }
  if (!isMap(value)) return withUnit(key, value, schema);
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    const child = choices(schema).flatMap((choice) => childOf(choice, name))[0];
    if (inner === undefined || (!defaults && choices(schema).some(hasShape) && isDefault(inner, child))) return [];
    return [[name, written(inner, child, name, defaults)] as const];
  });
  return Object.fromEntries(entries);
}

/** What the schema itself would make of nothing. */
function isDefault(value: unknown, schema: unknown): boolean {
  if (!isSchema(schema)) return false;
  const result = schema.safeParse(undefined);
  return result.success && JSON.stringify(result.data) === JSON.stringify(value);
}

function isSchema(schema: unknown): schema is z.ZodType {
  return typeof schema === "object" && schema !== null && "safeParse" in schema;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
