/** The two ends of the proxy bench: a backend that answers from memory and clients that ask as fast as they can. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

const BODY = Buffer.alloc(1024, "x");
/** Like the answer of a Jupyter server's REST API. */
const ANSWER = Buffer.concat([
  Buffer.from(
    [
      "HTTP/1.1 200 OK",
      "Server: TornadoServer/6.5",
      "Content-Type: application/json",
      "Date: Fri, 20 Nov 2026 21:00:00 GMT",
      "X-Content-Type-Options: nosniff",
      'Etag: "0123456789abcdef0123456789abcdef01234567"',
      `Content-Length: ${BODY.length}`,
      "",
      "",
    ].join("\r\n"),
  ),
  BODY,
]);
/** Like the request of JupyterLab in a browser. */
const REQUEST = Buffer.from(
  [
    "GET /user/alice/api/contents/notebook.ipynb?content=0&hash=0 HTTP/1.1",
    "Host: 127.0.0.1:8000",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept: */*",
    "Accept-Language: en-US,en;q=0.5",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Referer: http://127.0.0.1:8000/user/alice/lab/tree/notebook.ipynb",
    "Content-Type: application/json",
    "Connection: keep-alive",
    `Cookie: jupyterhub-session-id=${"0".repeat(32)}; jupyterhub-user-alice=${"A".repeat(180)}; _xsrf=${"B".repeat(80)}`,
    "Sec-Fetch-Dest: empty",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Site: same-origin",
    "",
    "",
  ].join("\r\n"),
);

/** Answers every head with 1 KiB; knows no more HTTP than that, so that it costs little. */
export async function startBackend(): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true }, (socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        text = text.slice(end + 4);
        socket.write(ANSWER);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** Asks over `connections` keep-alive connections for `ms` milliseconds. @returns the number of complete answers */
export async function askFor(ms: number, port: number, connections: number): Promise<number> {
  let answers = 0;
  let stopping = false;
  const finished: Promise<void>[] = [];
  for (let i = 0; i < connections; i++) {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    finished.push(
      askOn(
        socket,
        () => stopping,
        () => answers++,
      ),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, ms));
  stopping = true;
  await Promise.all(finished);
  return answers;
}

function askOn(socket: Socket, stopping: () => boolean, count: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let head = "";
  let left = -1;
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("the proxy closed a connection")));
  socket.on("data", (chunk) => {
    if (left >= 0) left -= chunk.length;
    else {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      if (!head.startsWith("HTTP/1.1 200 ")) reject(new Error(`unexpected answer: ${head.slice(0, 200)}`));
      left = BODY.length - (head.length - end - 4);
      head = "";
    }
    if (left > 0) return;
    left = -1;
    count();
    if (!stopping()) socket.write(REQUEST);
    else {
      resolve();
      socket.destroy();
    }
  });
  socket.write(REQUEST);
  return promise;
}

/** Echoes websocket messages. */
export async function startEcho(): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

/** Sends messages of 256 bytes one after the other on each connection. @returns the number of echoes */
export async function echoFor(ms: number, port: number, connections: number): Promise<number> {
  let echoes = 0;
  let stopping = false;
  const message = Buffer.alloc(256, "m");
  const finished = Array.from({ length: connections }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/user/echo/channels`, { perMessageDeflate: false });
    socket.on("error", reject);
    socket.on("open", () => socket.send(message));
    socket.on("message", () => {
      echoes++;
      if (!stopping) socket.send(message);
      else {
        resolve();
        socket.terminate();
      }
    });
    return promise;
  });
  await new Promise((resolve) => setTimeout(resolve, ms));
  stopping = true;
  await Promise.all(finished);
  return echoes;
}
