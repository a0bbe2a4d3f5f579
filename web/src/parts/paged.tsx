import { type ReactNode, useState } from "react";
import { Pager } from "./pager.tsx";

/** Rows on one page. */
const LIMIT = 50;

interface Props<T> {
  readonly items: readonly T[];
  readonly children: (shown: readonly T[]) => ReactNode;
}

/** A list that came whole, shown in pages. */
export function Paged<T>({ items, children }: Props<T>) {
  const [wanted, setOffset] = useState(0);
  // Shorter than it was: the last page there is.
  const offset = Math.min(wanted, Math.max(0, Math.floor((items.length - 1) / LIMIT) * LIMIT));
  const shown = items.slice(offset, offset + LIMIT);
  return (
    <>
      {children(shown)}
      <Pager offset={offset} limit={LIMIT} shown={shown.length} total={items.length} onOffset={setOffset} />
    </>
  );
}
