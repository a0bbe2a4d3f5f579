/** `hublet render nginx`: what is asked for, what goes with it, and what can never get into its text. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { desk } from "./desk.fixture.ts";

const GOOD = "publicUrl: https://lab.example.org\nlisten: 127.0.0.1:8000\ntrustedProxies: [127.0.0.1]\n";

test("the text alone goes to standard output; lines that hublet.yaml lacks are said beside it", async (t) => {
  const at = desk(t, GOOD);
  const complete = await at.run(["render", "nginx"]);
  assert.deepEqual([complete.code, complete.err], [0, ""]);
  assert.match(complete.out, /^# nginx before Hublet at lab\.example\.org/);
  assert.match(
    complete.out,
    /# {3}publicUrl: https:\/\/lab\.example\.org\n# {3}listen: 127\.0\.0\.1:8000\n# {3}trustedProxies:\n/,
  );
  assert.match(complete.out, /proxy_pass http:\/\/127\.0\.0\.1:8000;/);
  writeFileSync(at.file, "publicUrl: http://lab.example.org\nlisten: 0.0.0.0:9000\ntrustedProxies: [10.0.0.0/8]\n");
  const { err, out } = await at.run(["render", "nginx"]);
  assert.match(
    err,
    /publicUrl: https:\/\/lab\.example\.org\n {2}listen: 127\.0\.0\.1:9000\n {2}trustedProxies: \[10\.0\.0\.0\/8, 127\.0\.0\.1\]\n/,
  );
  assert.match(out, /proxy_pass http:\/\/127\.0\.0\.1:9000;/);
});

test("another port, an address of IPv6, another host for Hublet", async (t) => {
  const at = desk(t, "publicUrl: https://[2001:db8::1]:8443/\nlisten: '[::1]:8000'\n");
  const { out } = await at.run(["render", "nginx"]);
  assert.match(out, /listen 8443 ssl http2;\n {2}listen \[::\]:8443 ssl http2;\n {2}server_name \[2001:db8::1\];/);
  assert.doesNotMatch(out, /return 301/, "port 80 leads to the usual port alone");
  assert.match(out, /proxy_pass http:\/\/\[::1\]:8000;[\s\S]*/);
  const away = await at.run(["render", "nginx", "--hublet", "hub.internal:8000"]);
  assert.match(away.out, /ADDRESS-OF-NGINX/);
});

test("without a host nothing is written; what nginx would read otherwise than meant is refused", async (t) => {
  const at = desk(t, "name: Lab\n");
  const none = await at.run(["render", "nginx"]);
  assert.deepEqual([none.code, none.out], [2, ""]);
  assert.match(none.err, /Which host do people type\?/);
  const named = ["render", "nginx", "--name", "lab.example.org"];
  assert.equal((await at.run(named)).code, 0);
  const attacks: readonly (readonly string[])[] = [
    ["--name", "lab; return 200"],
    ["--name", "lab\n}"],
    ["--certificate", "/etc/x;\nuser root"],
    ["--key", "/etc/$uri"],
    ["--key", "relative.key"],
    ["--hublet", "127.0.0.1:80;} server {"],
    ["--profile", "old"],
  ];
  for (const attack of attacks) {
    const { code, out } = await at.run([...named, ...attack]);
    assert.deepEqual([code === 0, out], [false, ""], attack.join(" "));
  }
});
