/** `hublet tls selfsigned` as a person meets it: Chromium warns, trusts the authority as the command says, and is content. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newLeaf } from "../src/deploy/tls/local-authority.ts";
import { Secret } from "../src/kernel/index.ts";
import { openBrowser } from "./support/browser.ts";
import { runHublet } from "./support/hub.ts";

const folder = mkdtempSync(join(tmpdir(), "hublet-trust-"));
const at = (name: string): string => join(folder, name);

let trust: readonly { readonly on: string; readonly do: string }[];

before(async () => {
  const argv = ["tls", "selfsigned", "--name", "localhost", "--config", at("hublet.yaml"), "--json"];
  const { code, stdout, stderr } = await runHublet(argv);
  assert.equal(code, 0, stderr);
  trust = (JSON.parse(stdout) as { authority: { trust: typeof trust } }).authority.trust;
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Serves one page and says what Chromium, at home in this folder, makes of it. */
async function visit(
  home: string,
  host: string,
  pair: { readonly certificate: string; readonly key: string },
): Promise<string> {
  const server = createServer({ cert: pair.certificate, key: pair.key }, (_req, res) => res.end("content"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await openBrowser(home);
  try {
    const page = await browser.newPage();
    const answer = await page.goto(`https://${host}:${(server.address() as AddressInfo).port}/`).catch(String);
    return typeof answer === "string" ? answer : ((await answer?.text()) ?? "");
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

test("before it is trusted, Chromium refuses; afterwards it accepts this host, and no other by the same authority", async () => {
  const read = (name: string): string => readFileSync(at(`tls/${name}`), "utf8");
  const pair = { certificate: read("localhost.crt"), key: read("localhost.key") };
  const home = at("home");
  mkdirSync(home);
  assert.match(await visit(home, "localhost", pair), /ERR_CERT_AUTHORITY_INVALID/);

  // The very line that people copy.
  const line = trust.find(({ on }) => on.startsWith("Chromium"))?.do ?? "";
  execFileSync("sh", ["-s"], { input: line, cwd: at("tls"), env: { ...process.env, HOME: home }, stdio: "pipe" });
  assert.equal(await visit(home, "localhost", pair), "content");

  const authority = { certificate: read("ca.crt"), key: new Secret(read("ca.key")) };
  const forged = await newLeaf(authority, ["127.0.0.1"], Date.now());
  const stolen = { certificate: forged.certificate, key: forged.key.reveal() };
  assert.match(await visit(home, "127.0.0.1", stolen), /ERR_CERT_/);
});
