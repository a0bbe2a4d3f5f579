/**
 * A stand-in for Jupyter: answers `{"version"}` below its prefix, or misbehaves as told.
 * Usage: node tiny-server.ts PORT PREFIX [delay=MS] [die=CODE] [mute] [error] [stubborn]
 */
import { createServer } from "node:http";

const [port = "0", prefix = "/", ...manners] = process.argv.slice(2);
const told = new Map(manners.map((manner) => manner.split("=", 2) as [string, string | undefined]));

console.log(`tiny server for ${process.env.JUPYTERHUB_USER ?? "nobody"} on ${port}`);
if (told.has("die")) {
  console.error("ImportError: no module named lab");
  process.exit(Number(told.get("die")));
}
if (told.has("stubborn")) process.on("SIGINT", () => undefined).on("SIGTERM", () => undefined);
const server = createServer((request, response) => {
  if (told.has("mute")) return;
  const url = request.url ?? "";
  if (url.endsWith("/exit")) {
    response.end("bye", () => process.exit(3));
    return;
  }
  response.statusCode = told.has("error") ? 500 : url.startsWith(prefix) ? 200 : 404;
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      version: "2.0.0",
      pid: process.pid,
      authorization: request.headers.authorization ?? null,
      environment: url.endsWith("/env") ? process.env : undefined,
    }),
  );
});
setTimeout(() => server.listen(Number(port), "127.0.0.1"), Number(told.get("delay") ?? 0));
