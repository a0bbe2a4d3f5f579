/** What a host was to be when a generation was applied. */
import type { ConfigurationFile, Target } from "./target.ts";
import type { Generation } from "./types.ts";

/**
 * The units and configuration of an earlier generation. Private keys are in no record: those files stay as they are, and
 * with them the certificates, since the two belong together.
 * @param present gives all that a generation does not hold: where things lie, and images
 */
export function generationTarget(generation: Generation, present: Target): Target {
  const { configuration, kept } = filesOf(generation);
  return {
    ...present,
    units: generation.units,
    configuration,
    keptFiles: kept,
    inPlace: false,
    databaseFrom: undefined,
  };
}

export function filesOf({ configuration }: Pick<Generation, "configuration">): {
  readonly configuration: readonly ConfigurationFile[];
  readonly kept: readonly string[];
} {
  const entries = Object.entries(configuration);
  const someKey = entries.some(([, text]) => text === null);
  const isKept = (text: string | null): boolean =>
    text === null || (someKey && text.includes("-----BEGIN CERTIFICATE-----"));
  return {
    configuration: entries.flatMap(([path, text]) =>
      text === null || isKept(text) ? [] : [{ path, content: Buffer.from(text, "utf8"), secret: false }],
    ),
    kept: entries.filter(([, text]) => isKept(text)).map(([path]) => path),
  };
}
