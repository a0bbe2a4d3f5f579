import type { Clock } from "../../kernel/index.ts";
import type { ServedCertificate } from "../snapshot.ts";

/** Timers of Node end after 24.8 days; and a clock that is set right meanwhile, or a host that slept, must not be missed. */
const LONGEST_MS = 12 * 3_600_000;

/** Says when there is something new to be said of a certificate that nobody touches: that it ends soon, or has ended. */
export class CertificateWatch {
  readonly #clock: Clock;
  readonly #due: () => void;
  #following = new AbortController();

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** From now on it is this one. */
  follow(certificate: ServedCertificate | undefined): void {
    this.close();
    this.#following = new AbortController();
    if (certificate !== undefined) void this.#wait(certificate, this.#following.signal);
  }

  close(): void {
    this.#following.abort();
  }

  async #wait(certificate: ServedCertificate, ended: AbortSignal): Promise<void> {
    let next = certificate.nextWarning(this.#clock.now());
    while (next !== undefined) {
      const pause = Math.min(next - this.#clock.now(), LONGEST_MS);
      await this.#clock.sleep(Math.max(0, pause), ended).catch(() => undefined); // aborted: said below
      if (ended.aborted) return;
      if (this.#clock.now() < next) continue;
      this.#due();
      next = certificate.nextWarning(this.#clock.now());
    }
  }
}
