import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ago, clock, exactly, lasting } from "../logic/words.ts";

/** The time, again and again; `every` in ms. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** "3 hours ago", the exact time on hover. */
export function Ago({ iso }: { readonly iso: string }) {
  const { i18n } = useTranslation();
  const now = useNow(20_000);
  return (
    <time dateTime={iso} title={exactly(iso, i18n.language)}>
      {ago(iso, now, i18n.language)}
    </time>
  );
}

/** How long something lasts, or lasted. */
export function Lasting({ from, to }: { readonly from: string; readonly to: string | null }) {
  const { i18n } = useTranslation();
  const now = useNow(1000);
  const end = to === null ? now : Date.parse(to);
  return (
    <time dateTime={from} title={exactly(from, i18n.language)} className="number">
      {lasting(end - Date.parse(from), i18n.language)}
    </time>
  );
}

/** "18:40", or with the date when it is not today; date and how long until then on hover. */
export function Clock({ iso }: { readonly iso: string }) {
  const { i18n } = useTranslation();
  const now = useNow(20_000);
  return (
    <time dateTime={iso} title={`${exactly(iso, i18n.language)} (${ago(iso, now, i18n.language)})`} className="number">
      {clock(iso, now, i18n.language)}
    </time>
  );
}
