import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import styles from "./parts.module.css";

/** How long a told result stays in sight, ms; `long` for what is to be read with care. */
const SHOWN = { short: 4000, long: 15_000 } as const;

type Announce = (text: string, shown?: keyof typeof SHOWN) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

/** Tells results of actions ("alice is an admin now") to the eye, for a moment, and to screen readers. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [text, setText] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const announce = useCallback<Announce>((next, shown = "short") => {
    clearTimeout(timer.current);
    setText(next);
    timer.current = setTimeout(() => setText(""), SHOWN[shown]);
  }, []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" className={styles.told}>
        {text !== "" && <p className="break">{text}</p>}
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
