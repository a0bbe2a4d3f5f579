/** Words of a Containerfile: flags of an instruction, and arguments in the place of “$NAME”. */
import { quoted } from "../check-container.ts";
import { type Instruction, wrong } from "./instructions.ts";

export type Arguments = ReadonlyMap<string, string>;

const MACHINES: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64", riscv64: "riscv64" };
/** Engine and broker run on one host, or on hosts with the same kind of processor. */
export const PLATFORM = `linux/${MACHINES[process.arch] ?? process.arch}`;

/** What every Containerfile knows before its first FROM. */
export function builtIn(): Map<string, string> {
  const arch = PLATFORM.slice("linux/".length);
  return new Map(
    ["TARGET", "BUILD"].flatMap((of) => [
      [`${of}PLATFORM`, PLATFORM],
      [`${of}OS`, "linux"],
      [`${of}ARCH`, arch],
    ]),
  );
}

/** “$NAME”, “${NAME}”, “${NAME:-word}” and “${NAME:+word}”. @throws Refusal for every other form */
export function filled(text: string, known: Arguments, line: number): string {
  const plain = text.replace(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^${}]*))?\})/g,
    (_, short: string | undefined, long: string | undefined, sign: string | undefined, word: string | undefined) => {
      const value = known.get(short ?? long ?? "") ?? "";
      if (sign === "-") return value === "" ? (word ?? "") : value;
      return sign === "+" ? (value === "" ? "" : (word ?? "")) : value.replaceAll("$", "\0");
    },
  );
  if (/[$\\"'\0]/.test(plain)) throw wrong(line, `says ${quoted(text)} in a form that is not read here`);
  return plain;
}

/** Adds what an ARG before the first FROM declares; a value of the build's own goes before the file's. @throws Refusal */
export function declare({ rest, line }: Instruction, known: Map<string, string>, given: Arguments): void {
  const words = /^(?:[A-Za-z_]\w*(?:=(?:"[^"\\]*"|'[^'\\$]*'|[^\s"'\\]*))?(?:[ \t]+|$))+$/;
  if (!words.test(rest)) throw wrong(line, "declares an argument in a form that is not read here");
  for (const [, name = "", , double, single, bare] of rest.matchAll(
    /([A-Za-z_]\w*)(=(?:"([^"]*)"|'([^']*)'|([^\s"']*)))?(?:[ \t]+|$)/g,
  )) {
    const text = double ?? single ?? bare;
    const value = given.get(name) ?? (text === undefined ? undefined : filled(text, known, line));
    if (value !== undefined) known.set(name, value);
  }
}

export interface Flags {
  readonly flags: readonly { readonly name: string; readonly value: string }[];
  readonly rest: string;
}

/** What stands before the words of COPY, ADD and RUN: in plain signs, since builders drop quotes and backslashes. @throws Refusal */
export function takeFlags({ name, rest: all, line }: Instruction, allowed: readonly string[]): Flags {
  const flags: { name: string; value: string }[] = [];
  let rest = all;
  while (rest.startsWith("--")) {
    const match = /^--([a-z-]+)(?:=([!#-&(-[\]-~]*))?(?:[ \t]+|$)/.exec(rest);
    const flag = match?.[1];
    if (match === null || flag === undefined)
      throw wrong(
        line,
        `says ${quoted(rest.split(/[ \t]/)[0] ?? "")}, which is not read here: write it without quotes`,
      );
    if (!allowed.includes(flag)) throw wrong(line, `has the option --${flag}, which ${name} does not have here`);
    flags.push({ name: flag, value: match[2] ?? "" });
    rest = rest.slice(match[0].length);
  }
  // Other kinds of space are skipped by builders, and an option could follow.
  if (rest !== "" && !/^[!-~\p{L}\p{N}]/u.test(rest)) throw wrong(line, "has signs that are not read here");
  return { flags, rest };
}
