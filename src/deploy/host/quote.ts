/** What every shell takes as it is. `=` is missing: zsh looks for a program when a word begins with it. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * The command line of a POSIX shell (also zsh and fish) that gives exactly these arguments: ssh joins what it gets with
 * spaces and hands it to the login shell over there.
 * @throws TypeError for a NUL, which no argument can hold
 */
export function shellQuote(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (word.includes("\0")) throw new TypeError("an argument cannot hold a NUL");
  if (PLAIN.test(word)) return word;
  if (word === "") return "''";
  // A backslash never stands between single quotes: fish reads it there, others do not.
  return word.replace(/[^'\\]+|['\\]+/g, (part) =>
    /^['\\]/.test(part) ? `"${part.replaceAll("\\", "\\\\")}"` : `'${part}'`,
  );
}
