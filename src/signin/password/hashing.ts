/** argon2id, at a pace that leaves the machine to others. */
import { hash, verify } from "@node-rs/argon2";
import { HubError } from "../../kernel/index.ts";
import { addressKey } from "../address.ts";
import { isImported, verifyImported } from "./imported.ts";

/** OWASP's first choice for argon2id (19 MiB, 2 passes, 1 lane): about 25 ms of one core. The algorithm is the default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** Verified when there is no hash to verify, so that the answer takes as long. Nobody knows its password. */
const NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$sPfAgXI5X2mw8coIDwjraQ$aTe2x2sObTaw+kr1vXBAsm6sG0XeGaDLYgbjqgaSnbs";

/** Together at most this many run: 38 MiB, and two of the four threads that Node uses for files as well. */
const AT_ONCE = 2;
const WAITING = 64;
/** So that one client cannot fill the queue. */
const WAITING_FOR_ONE = 32;

export interface Hashing {
  /**
   * The PHC text of a normalised password.
   * @throws HubError `too-many-attempts` when too many wait already
   */
  hash(password: string, address: string): Promise<string>;
  /**
   * True when the password is that of `stored`; the same work is done when there is none. An imported one takes longer.
   * @param typed the password as it was typed, for imported hashes
   * @throws HubError `too-many-attempts` when too many wait already
   */
  verify(stored: string | null, password: string, address: string, typed?: string): Promise<boolean>;
}

export function createHashing(): Hashing {
  let running = 0;
  const queue: { readonly client: string; readonly go: () => void }[] = [];

  async function inTurn<T>(address: string, work: () => Promise<T>): Promise<T> {
    const client = addressKey(address);
    if (running >= AT_ONCE) {
      const mine = queue.filter((waiting) => waiting.client === client).length;
      if (queue.length >= WAITING || mine >= WAITING_FOR_ONE) throw busy();
      // Whoever finishes hands over its place, so that nobody slips in between.
      await new Promise<void>((go) => queue.push({ client, go }));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next.go();
    }
  }

  return {
    hash: (password, address) => inTurn(address, () => hash(password, PARAMETERS)),
    verify: (stored, password, address, typed = password) =>
      inTurn(address, async () =>
        stored !== null && isImported(stored)
          ? verifyImported(stored, typed)
          : (await verify(stored ?? NOBODY, password)) && stored !== null,
      ),
  };
}

function busy(): HubError {
  const message = "Many people are signing in at this moment. Wait 2 seconds and try again.";
  return new HubError("too-many-attempts", message, { facts: { retryAfter: 2 } });
}
