/** Walks the schema beside what is written: which keys it knows at a path, and what each defaults to. */
import { configSchema } from "../../contract/index.ts";

/** The keys the schema knows at a path; of a record (groups, providers) those of its entries are free. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  let schemas: unknown[] = [configSchema];
  for (const segment of path) schemas = schemas.flatMap(choices).flatMap((schema) => childOf(schema, String(segment)));
  return schemas.flatMap(choices).flatMap((schema) => (hasShape(schema) ? Object.keys(schema.shape) : []));
}

/** What a value of an object's key, a list's item or a record's entry is checked by. */
export function childOf(schema: unknown, segment: string): unknown[] {
  if (hasShape(schema)) return segment in schema.shape ? [schema.shape[segment]] : [];
  if (!isObject(schema)) return [];
  if ("element" in schema) return [schema.element];
  if ("valueType" in schema) return [schema.valueType];
  return [];
}

/** The schemas a value may follow: without what wraps them, and each choice of a union. */
export function choices(schema: unknown): unknown[] {
  if (!isObject(schema) || !isObject(schema.def) || hasShape(schema)) return [schema];
  const { innerType, in: input, options } = schema.def;
  if (innerType !== undefined) return choices(innerType);
  if (input !== undefined) return choices(input);
  if (Array.isArray(options)) return options.flatMap(choices);
  return [schema];
}

export function hasShape(schema: unknown): schema is { readonly shape: Readonly<Record<string, unknown>> } {
  return isObject(schema) && isObject(schema.shape);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
