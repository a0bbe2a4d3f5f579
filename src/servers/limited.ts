/** Runs `work` for every item, at most `sideBySide` at a time. Rejects with the first failure. */
export async function limited<T>(
  items: readonly T[],
  sideBySide: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, items.length) }, worker));
}
