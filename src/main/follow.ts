/** What a changed configuration means for the hub's process and for the proxy beside it. */
import type { ConfigSnapshot, LiveConfig } from "../config/index.ts";
import type { Clock, Secret } from "../kernel/index.ts";
import { type ProxySettings, proxySettingsOf, readProxySettings, writeProxySettings } from "../proxy/index.ts";

/** A database that was away is back by then, or will be by the next time. */
const AGAIN_MS = 5000;

export interface Following {
  readonly live: Pick<LiveConfig, "current" | "subscribe">;
  /** By which snapshot people were taken in last. */
  readonly known: ConfigSnapshot;
  /** The file that the proxy watches; `hublet up` has written it. */
  readonly proxySettings: string;
  /** The key of the certificate is sealed in that file with it. */
  readonly gateKey: Secret;
  readonly people: { applyConfiguration(): Promise<unknown> };
  /** Begins what may take long. */
  readonly fetchImages: () => void;
  readonly clock: Clock;
  readonly log: { level: string; error(facts: object, message: string): void };
}

/**
 * Follows every swap from now on, and first what changed before: while the rooms were opened, or while no hub ran. No part
 * that fails keeps the others from theirs; who may enter is worked out again until that succeeds.
 * @returns what ends it
 */
export async function followConfiguration(following: Following): Promise<() => void> {
  const { live, known, log } = following;
  const ended = new AbortController();
  const takeOver = async (now: ConfigSnapshot): Promise<void> => {
    log.level = now.config.logLevel;
    tellProxy(following, now);
    following.fetchImages();
    await standAnew(following, now, ended.signal);
  };
  const unsubscribe = live.subscribe(({ after }) => takeOver(after));
  const now = live.current();
  if (now === known) tellProxy(following, now);
  else await takeOver(now);
  return () => {
    unsubscribe();
    ended.abort();
  };
}

/** Whether HTTPS is spoken is settled when `hublet up` starts, also for a proxy that has to be started again meanwhile. */
function nextProxySettings(before: ProxySettings, now: ConfigSnapshot): ProxySettings {
  const said = proxySettingsOf(now);
  return { ...said, tls: before.tls === undefined ? undefined : (said.tls ?? before.tls) };
}

function tellProxy({ proxySettings, gateKey, log }: Following, now: ConfigSnapshot): void {
  try {
    const before = readProxySettings(proxySettings, gateKey);
    writeProxySettings(proxySettings, nextProxySettings(before, now), gateKey);
  } catch (error) {
    log.error(
      { err: error },
      "the proxy could not be told of its log level, certificate and address, and works on with the last",
    );
  }
}

async function standAnew(
  { live, people, clock, log }: Following,
  now: ConfigSnapshot,
  ended: AbortSignal,
): Promise<void> {
  // A later swap tries for itself.
  while (live.current() === now && !ended.aborted) {
    try {
      await people.applyConfiguration();
      return;
    } catch (error) {
      log.error({ err: error }, "who may enter could not be worked out by the changed configuration; trying again");
    }
    await clock.sleep(AGAIN_MS, ended).catch(() => undefined);
  }
}
