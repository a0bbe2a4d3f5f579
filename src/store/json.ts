/** JSON that repositories keep in columns. */
import { z } from "zod";

const textsSchema = z.array(z.string());
const objectSchema = z.record(z.string(), z.unknown());

/** A column with a list of texts. */
export function textsOf(json: string): string[] {
  return textsSchema.parse(JSON.parse(json));
}

/** A column with an object. */
export function objectOf(json: string): Record<string, unknown> {
  return objectSchema.parse(JSON.parse(json));
}
