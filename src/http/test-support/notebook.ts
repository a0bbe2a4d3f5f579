/**
 * A stand-in for Jupyter: answers `{"version"}` below its prefix.
 * Usage: node notebook.ts PORT PREFIX [delay=MS] [die=CODE] [mute]
 */
import { createServer } from "node:http";

const [port = "0", prefix = "/", ...manners] = process.argv.slice(2);
const told = new Map(manners.map((manner) => manner.split("=", 2) as [string, string | undefined]));

console.log(`notebook of ${process.env.JUPYTERHUB_USER ?? "nobody"}`);
const server = createServer((request, response) => {
  if (told.has("mute")) return;
  response.statusCode = request.url?.startsWith(prefix) === true ? 200 : 404;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: "2.0.0", token: process.env.JUPYTERHUB_API_TOKEN, url: request.url }));
});
setTimeout(
  () => (told.has("die") ? process.exit(Number(told.get("die"))) : server.listen(Number(port), "127.0.0.1")),
  Number(told.get("delay") ?? 0),
);
