/** What the hub does by itself while a configuration holds. */
import type { LiveConfig } from "../config/index.ts";
import type { Clock } from "../kernel/index.ts";
import type { SignIn } from "../signin/index.ts";

/** Groups are looked up within a quarter of the configured time after they were due, but not more often than each second. */
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Has the groups of people at work looked up again at their providers; returns what ends it. */
export function refreshRegularly(
  signIn: Pick<SignIn, "refreshDue">,
  live: Pick<LiveConfig, "current" | "subscribe">,
  clock: Clock,
): () => void {
  const ended = new AbortController();
  let swapped = new AbortController();
  // Another pause may hold now: the one that was begun is not waited for.
  const unsubscribe = live.subscribe(() => swapped.abort());
  void (async () => {
    while (!ended.signal.aborted) {
      swapped = new AbortController();
      const due = (live.current().config.signIn.refresh * 1000) / 4;
      const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, due));
      await clock.sleep(pause, AbortSignal.any([ended.signal, swapped.signal])).catch(() => undefined);
      if (!ended.signal.aborted) await signIn.refreshDue(ended.signal);
    }
  })();
  return () => {
    unsubscribe();
    ended.abort();
  };
}
