import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HubFace, Listener } from "../http/index.ts";
import type { Closable } from "../kernel/index.ts";

/** The doors of the hub; requests that come before the face is there wait for it. */
export class Listeners implements Closable {
  readonly #servers: Server[] = [];
  readonly #face = Promise.withResolvers<HubFace>();

  serve(face: HubFace): void {
    this.#face.resolve(face);
  }

  async onSocket(listener: Listener, path: string, mode: number): Promise<void> {
    // Left by a hub that was killed; the lock of the state folder says that it is gone.
    rmSync(path, { force: true });
    await this.#listen(listener, { path });
    chmodSync(path, mode);
  }

  /** A free port of 127.0.0.1, for servers that are local processes. */
  async onLoopback(listener: Listener): Promise<number> {
    const server = await this.#listen(listener, { host: "127.0.0.1", port: 0 });
    return (server.address() as AddressInfo).port;
  }

  async #listen(listener: Listener, where: { path: string } | { host: string; port: number }): Promise<Server> {
    const server = createServer((message, response) => {
      void this.#face.promise.then((face) => face.handler(listener)(message, response));
    });
    // The proxy keeps its connections; closing them first would make it lose requests.
    server.keepAliveTimeout = 75_000;
    // A folder to build comes by this door, however long it takes; Node would break it off after five minutes.
    if (listener === "private") server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(where, resolve);
    });
    this.#servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  }
}
