/** Differences of texts, for people. */

/** Lines shown around a change. */
const CONTEXT = 2;
/** Above so many lines on a side the table of the comparison would be too large: the whole is shown as replaced. */
const MAX_LINES = 3000;

/**
 * Lines that differ, with `-`, `+` or a space before each, and `…` where lines are left out. What looks like a password
 * in an address is hidden.
 */
export function diffLines(before: string, after: string): string[] {
  if (before === after) return [];
  const changes = compare(linesOf(before), linesOf(after));
  const kept = changes.map((_, at) =>
    changes.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  const shown: string[] = [];
  for (const [at, { sign, line }] of changes.entries()) {
    if (kept[at] === true) shown.push(`${sign} ${withoutPassword(line)}`);
    else if (kept[at - 1] === true && kept.includes(true, at)) shown.push("  …");
  }
  return shown;
}

/** All lines of a text that comes or goes. */
export function wholeText(sign: "+" | "-", text: string): string[] {
  return linesOf(text).map((line) => `${sign} ${withoutPassword(line)}`);
}

/** `postgres://hub:…@db/hub`: addresses may carry one, and a plan is read by many. */
function withoutPassword(line: string): string {
  return line.replace(/(\w:\/\/[^\s:/@]*):[^\s/]*@/g, "$1:…@");
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

interface Change {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** The longest common subsequence, after the common beginning and end are set aside. */
function compare(before: readonly string[], after: readonly string[]): Change[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const same = (line: string): Change => ({ sign: " ", line });
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Change[] {
  const gone = (line: string): Change => ({ sign: "-", line });
  const come = (line: string): Change => ({ sign: "+", line });
  if (before.length > MAX_LINES || after.length > MAX_LINES) return [...before.map(gone), ...after.map(come)];
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  const at = (a: number, b: number): number => common[a * width + b] ?? 0;
  for (let a = before.length - 1; a >= 0; a--)
    for (let b = after.length - 1; b >= 0; b--)
      common[a * width + b] = before[a] === after[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
  const changes: Change[] = [];
  let a = 0;
  let b = 0;
  while (a < before.length || b < after.length) {
    const left = before[a];
    const right = after[b];
    if (left !== undefined && left === right) {
      changes.push({ sign: " ", line: left });
      a++;
      b++;
    } else if (left !== undefined && (right === undefined || at(a + 1, b) >= at(a, b + 1))) {
      changes.push(gone(left));
      a++;
    } else if (right !== undefined) {
      changes.push(come(right));
      b++;
    }
  }
  return changes;
}
