/** Options that hold each of the typed words, those beginning with the first of them before the others. Pure. */
export function matching(options: readonly string[], typed: string): readonly string[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return options;
  const found = options.filter((option) => {
    const name = option.toLowerCase();
    return words.every((word) => name.includes(word));
  });
  const begins = (option: string): boolean => option.toLowerCase().startsWith(first);
  return [...found.filter(begins), ...found.filter((option) => !begins(option))];
}
