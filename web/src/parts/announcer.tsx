import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import styles from "./parts.module.css";

const AnnounceContext = createContext<(text: string) => void>(() => undefined);

/** How long a told result stays in sight, ms. */
const SHOWN = 4000;

/** Tells results of actions ("alice is an admin now") to the eye, for a moment, and to screen readers. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const [text, setText] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const announce = useCallback((next: string) => {
    clearTimeout(timer.current);
    setText(next);
    timer.current = setTimeout(() => setText(""), SHOWN);
  }, []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" className={styles.told}>
        {text !== "" && <p>{text}</p>}
      </div>
    </AnnounceContext>
  );
}

export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext);
}
