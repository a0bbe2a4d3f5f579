import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../kernel/index.ts";
import { Exchange } from "./exchange.ts";
import { type Face, originForm } from "./face.ts";
import { type OutgoingHead, outgoingHead } from "./request-head.ts";
import type { Route } from "./routes/route.ts";

const HEALTH_PATH = "/_chp_healthz";
const HEALTH = '{"status":"OK"}';

/** Answers one request of the public face: by forwarding it, or itself when it has to (contract 7.3, 7.5, 7.9). */
export function handleRequest(face: Face, req: IncomingMessage, res: ServerResponse): void {
  const uri = originForm(req.url);
  if (uri === undefined) {
    face.errors.reply(req, res, 400, "the request URI is neither a path nor an HTTP URL");
    return;
  }
  if (uri === HEALTH_PATH) {
    const length = `${HEALTH.length}`;
    res.writeHead(200, ["Content-Type", "application/json", "Content-Length", length, ...face.strict.own]).end(HEALTH);
    return;
  }
  let route: Route | undefined;
  try {
    route = face.table.find(uri);
  } catch (error) {
    face.errors.reply(req, res, 500, messageOf(error));
    return;
  }
  if (route === undefined) {
    face.errors.reply(req, res, 404, "no route");
    return;
  }
  const method = req.method ?? "GET";
  let pass: string | undefined;
  if (route.gate !== undefined) {
    const verdict = face.gate.judge({ method, uri, rawHeaders: req.rawHeaders, upgrade: false }, route.gate);
    if (verdict.kind === "redirect") {
      const headers = ["Location", verdict.location, "Cache-Control", "no-store", "Content-Length", "0"];
      res.writeHead(302, [...headers, ...face.strict.own]).end();
      return;
    }
    if (verdict.kind === "refused") {
      const body = JSON.stringify({ status: 403, message: verdict.message });
      const length = `${Buffer.byteLength(body)}`;
      res.writeHead(403, ["Content-Type", "application/json", "Content-Length", length, ...face.strict.own]).end(body);
      return;
    }
    pass = verdict.cookie;
  }
  const { socket } = req;
  const head: OutgoingHead = outgoingHead(
    {
      method,
      uri,
      rawHeaders: req.rawHeaders,
      http10: req.httpVersionMinor === 0,
      peer: socket.remoteAddress,
      encrypted: "encrypted" in socket,
      upgrade: false,
    },
    route,
    face.xForward,
  );
  if ("refused" in head) {
    // What follows such a head cannot be told apart from the next request.
    res.shouldKeepAlive = false;
    face.errors.reply(req, res, 400, head.refused);
    return;
  }
  new Exchange(face, req, res, route, method, head.text, pass).begin(head.body, head.expectContinue);
}
