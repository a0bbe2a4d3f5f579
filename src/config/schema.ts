/** The JSON Schema of `hublet.yaml`, for editors; `hublet.schema.json` is held equal to it by a test. */
import { z } from "zod";
import { configSchema } from "../contract/index.ts";

/** JSON Schema (draft 2020-12) of what may be written in the file. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: "input" });
  return { ...schema, title: "Hublet configuration (hublet.yaml)" };
}
