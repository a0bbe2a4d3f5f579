import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../kernel/index.ts";
import type { Target } from "../target.ts";
import { systemError, UpstreamConnection } from "./connection.ts";

/** Idle connections kept to one target. */
const MAX_IDLE = 64;
/** Below the five seconds after which many servers close an idle connection, so that we are the first to close. */
const IDLE_MS = 4_000;
/** A request that cannot be repeated gets a connection that was in use this recently, or a new one. */
const FRESH_MS = 1_000;
const CONNECT_MS = 10_000;

export interface UpstreamSettings {
  /** Milliseconds of silence during an exchange after which the target is given up; 0 = never. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** The connections to one target. There is no limit on their number: every waiting request has its own. */
export class Upstream {
  readonly target: Target;
  readonly #settings: UpstreamSettings;
  readonly #idle: UpstreamConnection[] = [];
  #sweep: NodeJS.Timeout | undefined;
  #retired = false;

  constructor(target: Target, settings: UpstreamSettings) {
    this.target = target;
    this.#settings = settings;
  }

  /**
   * An idle connection, or a new one. With `repeatable` false, only one that the target cannot have been about to
   * close, since the request could not be sent a second time.
   */
  acquire(repeatable: boolean): UpstreamConnection {
    const last = this.#idle.at(-1);
    if (last === undefined) return this.open();
    if (!repeatable && this.#settings.clock.now() - last.idleSince > FRESH_MS) return this.open();
    this.#idle.pop();
    return last;
  }

  /** A new connection. */
  open(): UpstreamConnection {
    const socket = this.#connect();
    socket.setNoDelay(true);
    if (this.#settings.timeout > 0) socket.setTimeout(this.#settings.timeout);
    const giveUp = setTimeout(() => {
      socket.destroy(systemError("ETIMEDOUT", "the target did not accept the connection in time"));
    }, CONNECT_MS);
    socket.once("connect", () => clearTimeout(giveUp));
    socket.once("close", () => clearTimeout(giveUp));
    return new UpstreamConnection(socket, this);
  }

  /** Takes back a connection whose exchange is complete. */
  release(connection: UpstreamConnection): void {
    if (this.#retired || this.#idle.length >= MAX_IDLE) {
      connection.abort();
      return;
    }
    connection.idleSince = this.#settings.clock.now();
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => this.#closeOld(), IDLE_MS / 2).unref();
  }

  /** A connection is gone. */
  forget(connection: UpstreamConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** Closes idle connections now and the others when their exchange ends. */
  retire(): void {
    this.#retired = true;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const connection of [...this.#idle]) connection.abort();
  }

  #connect(): Socket {
    const { connect, secure } = this.target;
    if (!secure) return connectTcp(connect);
    const servername = "host" in connect ? connect.host : "localhost";
    return connectTls({ ...connect, servername, ALPNProtocols: ["http/1.1"] });
  }

  /** The oldest are at the bottom: the stack is used from its top. */
  #closeOld(): void {
    const now = this.#settings.clock.now();
    for (let oldest = this.#idle[0]; oldest !== undefined; oldest = this.#idle[0]) {
      if (now - oldest.idleSince < IDLE_MS) return;
      oldest.abort();
    }
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
