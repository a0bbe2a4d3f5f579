import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { useApp } from "../app-context.ts";

/** The page's heading: names the document, and takes the focus after a change of page so that it is read out. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const { boot } = useApp();
  const { key, pathname } = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${boot.hubName}`;
  }, [title, boot.hubName]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is what tells one page from another
  useEffect(() => {
    // "default" is the page that the browser loaded: it has its own way of telling.
    if (key !== "default") heading.current?.focus({ preventScroll: false });
  }, [pathname]);
  return (
    <h1 ref={heading} tabIndex={-1} className="break">
      {children ?? title}
    </h1>
  );
}
