/** Values that several parts of `hublet.yaml` are made of. */
import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  K: 1024,
  KB: 1e3,
  KIB: 1024,
  M: 1024 ** 2,
  MB: 1e6,
  MIB: 1024 ** 2,
  G: 1024 ** 3,
  GB: 1e9,
  GIB: 1024 ** 3,
  T: 1024 ** 4,
  TB: 1e12,
  TIB: 1024 ** 4,
};
const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

function withUnit(units: Readonly<Record<string, number>>, fold: (unit: string) => string) {
  return (value: number | string, context: z.RefinementCtx): number => {
    if (typeof value === "number") return value;
    const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value.trim());
    const factor = match === null ? undefined : units[fold(match[2] ?? "")];
    if (match === null || factor === undefined) {
      context.addIssue({
        code: "custom",
        message: `“${value}” is not a number with a unit (${Object.keys(units).filter(Boolean).join(", ")})`,
      });
      return z.NEVER;
    }
    return Number(match[1]) * factor;
  };
}

/** Bytes: `512M`, `2G`, `1.5GiB`, or a number of bytes. */
export const bytes = z
  .union([z.number().positive(), z.string().meta({ examples: ["512M", "2G"] })])
  .transform(withUnit(UNITS, (unit) => unit.toUpperCase()));
/** Seconds: `90s`, `5m`, `1h`, or a number of seconds. */
export const seconds = z
  .union([z.number().positive(), z.string().meta({ examples: ["90s", "5m"] })])
  .transform(withUnit(SECONDS, (unit) => unit.toLowerCase()));

/** Seconds, or `off`; null afterwards for `off`. YAML reads a bare `off` as text, older tools as `false`. */
export const secondsOrOff = z
  .union([z.literal("off").transform(() => null), z.literal(false).transform(() => null), seconds])
  .meta({ examples: ["off", "8h"] });

export const environment = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name of an environment variable"),
  z.coerce.string(),
);

/** Where a secret goes, its name goes: the value is kept apart from the configuration. */
export const secretRef = z.strictObject({
  secret: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 of A–Z, a–z, 0–9, “.”, “_” and “-”")
    .describe("Name of a secret (hublet secrets set NAME)."),
});
export type SecretRef = z.output<typeof secretRef>;

/** Names in lists of people: normalised later, so that a mistake has the words of the name check. */
export const personNames = z.array(z.string().min(1).max(255)).default([]);
