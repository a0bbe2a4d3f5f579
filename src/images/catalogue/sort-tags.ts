/** The order in which tags are offered: `latest`, versions and dates with the newest first, then words by name. */

interface Version {
  /** Digits without leading zeros: numbers of any length. */
  readonly numbers: readonly string[];
  /** Higher comes first: 3 after the release (post), 2 the release, 1 a variant of it (cuda), 0 before it (rc). */
  readonly stage: 0 | 1 | 2 | 3;
  readonly suffix: string;
}

const DATE = /^v?(\d{4})([-._]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])((?:[-._T]\d+)*)(?:[-._](.+))?$/i;
const NUMBERS = /^v?(\d+(?:\.\d+)*)(?:[-._](.+)|((?:a|b|c|rc|alpha|beta|pre|preview|dev|post)[-._]?\d*))?$/i;
const BEFORE =
  /^(?:a|b|c|m|rc|alpha|beta|pre|preview|prerelease|dev|nightly|snapshot|canary|next|unstable|test)(?:[-._]?\d.*)?$/i;
const AFTER = /^post[-._]?\d*$/i;

/** A sorted copy, without repetitions. */
export function sortTags(tags: readonly string[]): string[] {
  const known = [...new Set(tags)].map((tag) => ({ tag, version: versionOf(tag) }));
  known.sort((a, b) => compare(a.tag, a.version, b.tag, b.version));
  return known.map(({ tag }) => tag);
}

function compare(a: string, versionA: Version | undefined, b: string, versionB: Version | undefined): number {
  if (a === "latest" || b === "latest") return Number(b === "latest") - Number(a === "latest");
  if (versionA === undefined || versionB === undefined) {
    if (versionA !== undefined) return -1;
    return versionB === undefined ? byText(a, b) : 1;
  }
  return compareVersions(versionA, versionB) || byText(a, b);
}

function compareVersions(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.numbers.length, b.numbers.length); index++) {
    const order = byNumber(b.numbers[index] ?? "0", a.numbers[index] ?? "0");
    if (order !== 0) return order;
  }
  if (a.stage !== b.stage) return b.stage - a.stage;
  // Variants by their name; what counts up (rc.2, post1) with the highest first.
  return a.stage === 1 ? byParts(a.suffix, b.suffix) : byParts(b.suffix, a.suffix);
}

function versionOf(tag: string): Version | undefined {
  const date = DATE.exec(tag);
  if (date !== null) {
    const [, year = "", , month = "", day = "", more = "", suffix = ""] = date;
    return { numbers: [year, month, day, ...(more.match(/\d+/g) ?? [])].map(plain), ...staged(suffix) };
  }
  const match = NUMBERS.exec(tag);
  if (match === null) return undefined;
  const [, numbers = "", separated, attached] = match;
  return { numbers: numbers.split(".").map(plain), ...staged(separated ?? attached ?? "") };
}

function staged(suffix: string): Pick<Version, "stage" | "suffix"> {
  if (suffix === "") return { stage: 2, suffix };
  // Digits alone are a pre-release of semantic versions (1.0.0-1).
  if (BEFORE.test(suffix) || /^\d+$/.test(suffix)) return { stage: 0, suffix };
  return { stage: AFTER.test(suffix) ? 3 : 1, suffix };
}

function plain(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "");
}

function byNumber(a: string, b: string): number {
  return a.length - b.length || byText(a, b);
}

/** Runs of digits as numbers, everything else as text. */
function byParts(a: string, b: string): number {
  const partsA = a.toLowerCase().match(/\d+|\D+/g) ?? [];
  const partsB = b.toLowerCase().match(/\d+|\D+/g) ?? [];
  for (let index = 0; index < Math.min(partsA.length, partsB.length); index++) {
    const [partA = "", partB = ""] = [partsA[index], partsB[index]];
    const numeric = /^\d/.test(partA) && /^\d/.test(partB);
    const order = numeric ? byNumber(plain(partA), plain(partB)) : byText(partA, partB);
    if (order !== 0) return order;
  }
  return partsA.length - partsB.length;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
