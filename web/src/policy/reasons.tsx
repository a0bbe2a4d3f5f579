import type { Reason } from "../../../src/contract/index.ts";
import styles from "./policy.module.css";
import { Place } from "./policy-list.tsx";

/** Why something holds: one sentence a line, with the rule's place. */
export function Reasons({ because, places }: { readonly because: readonly Reason[]; readonly places: boolean }) {
  if (because.length === 0) return null;
  return (
    <ul className={styles.reasons}>
      {because.map(({ text, place }) => (
        <li key={`${text} ${place ?? ""}`} className="break">
          {text}
          {places && place !== null && <Place place={place} />}
        </li>
      ))}
    </ul>
  );
}
