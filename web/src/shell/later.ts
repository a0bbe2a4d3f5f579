import { type ComponentType, lazy, useEffect, useState } from "react";
import { getI18n } from "react-i18next";
import { MORE } from "../i18n.ts";

type Load<P> = () => Promise<ComponentType<P>>;

/** A page, or a part of one, that few open: fetched with its texts when it is asked for. */
export function later<P>(load: Load<P>) {
  return lazy(async () => ({ default: await withTexts(load) }));
}

/**
 * A part that is fetched before it is asked for; undefined until it is there. What React's Suspense shows meanwhile stays for
 * 300 ms at least, also when the part comes at once.
 * @param load the same function at each call
 */
export function useLater<P>(load: Load<P>): ComponentType<P> | undefined {
  const [came, setCame] = useState<{ readonly part: ComponentType<P> } | { readonly error: unknown }>();
  useEffect(() => {
    let gone = false;
    withTexts(load).then(
      (part) => gone || setCame({ part }),
      (error: unknown) => gone || setCame({ error }),
    );
    return () => {
      gone = true;
    };
  }, [load]);
  // As with Suspense: who is around it says that the page is broken.
  if (came !== undefined && "error" in came) throw came.error;
  return came?.part;
}

async function withTexts<P>(load: Load<P>): Promise<ComponentType<P>> {
  const [part] = await Promise.all([load(), getI18n().loadNamespaces(MORE)]);
  return part;
}
