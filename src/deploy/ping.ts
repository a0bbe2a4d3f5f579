import { request } from "node:http";

/** Whether a container engine answers `GET /_ping` with 200 on the unix socket within `timeout` milliseconds. */
export function answersPing(socketPath: string, timeout: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      { socketPath, path: "/_ping", method: "GET", signal: AbortSignal.timeout(timeout) },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.on("error", () => resolve(false));
    call.end();
  });
}
