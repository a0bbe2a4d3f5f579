import type { ServerState } from "../../../src/contract/index.ts";
import styles from "./parts.module.css";

const TONE: Readonly<Record<ServerState, "on" | "busy" | "off" | "bad">> = {
  stopped: "off",
  queued: "busy",
  preparing: "busy",
  pulling: "busy",
  starting: "busy",
  ready: "on",
  stopping: "busy",
  failed: "bad",
};

/** A dot for the eye; the words beside it say the same. */
export function StateMark({ state }: { readonly state: ServerState }) {
  return <span className={styles.mark} data-tone={TONE[state]} aria-hidden="true" />;
}
