/** The form of a new build, and what it asks the hub for. Pure. */
import type { BuildSpec } from "../../../src/contract/index.ts";

export const LISTS = ["apt", "pip", "conda", "r"] as const;

export interface BuildForm extends Readonly<Record<(typeof LISTS)[number], string>> {
  readonly name: string;
  /** Image it begins with; `""`: the hub's own. */
  readonly base: string;
  readonly tags: string;
  readonly release: boolean;
}

export const EMPTY_FORM: BuildForm = {
  ...{ name: "", base: "", tags: "", release: true },
  ...{ apt: "", pip: "", conda: "", r: "" },
};

export function hasPackages(form: BuildForm): boolean {
  return form.base.trim() !== "" || LISTS.some((list) => words(form[list]).length > 0);
}

export function specOf(form: BuildForm): Partial<BuildSpec> {
  const base = form.base.trim();
  const [apt, pip, conda, r] = [words(form.apt), lines(form.pip), words(form.conda), words(form.r)];
  return {
    name: form.name.trim(),
    tags: words(form.tags),
    release: form.release,
    environment: { ...(base === "" ? {} : { base }), apt, pip, conda, r },
  };
}

/** Between spaces, commas or lines; what follows a `#` is a remark. */
function words(text: string): string[] {
  return lines(text).flatMap((line) => line.split(/[\s,]+/).filter(Boolean));
}

/** A requirement of pip may hold spaces and commas: `numpy >=2, <3`. */
function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);
}
