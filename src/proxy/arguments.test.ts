import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProxyArguments } from "./index.ts";

test("without arguments the defaults are configurable-http-proxy's", () => {
  const { options, logLevel } = parseProxyArguments([], {});
  assert.deepEqual(options.listen, { host: undefined, port: 8000 });
  assert.deepEqual(options.api, { host: "localhost", port: 8001 });
  assert.equal(options.authToken, undefined);
  assert.equal(options.xForward, true);
  assert.equal(logLevel, "info");
});

test("the command line of JupyterHub is understood", () => {
  const argv =
    "--ip 127.0.0.1 --port 9000 --api-ip 127.0.0.1 --api-port 9005 --error-target http://h/hub/error --log-level DEBUG";
  const { options, logLevel } = parseProxyArguments(argv.split(" "), { CONFIGPROXY_AUTH_TOKEN: "secret" });
  assert.deepEqual(options.listen, { host: "127.0.0.1", port: 9000 });
  assert.deepEqual(options.api, { host: "127.0.0.1", port: 9005 });
  assert.equal(options.errorTarget, "http://h/hub/error");
  assert.equal(options.authToken?.reveal(), "secret");
  assert.equal(logLevel, "debug");
});

test("the API's port follows the public one; “*” and an empty token mean everything", () => {
  const { options } = parseProxyArguments(["--port=9100", "--ip=*"], { CONFIGPROXY_AUTH_TOKEN: "" });
  assert.deepEqual(options.api, { host: "localhost", port: 9101 });
  assert.deepEqual(options.listen, { host: undefined, port: 9100 });
  assert.equal(options.authToken, undefined);
});

test("sockets, files, timeouts and headers", () => {
  const { options, gateKeyFile } = parseProxyArguments(
    [
      ...["--socket", "/run/p", "--api-socket=/run/a", "--routes-file", "/var/r.json", "--gate-key-file=/var/k"],
      ...["--timeout=1", "--proxy-timeout=2", "--keep-alive-timeout=3", "--no-x-forward", "--default-target=http://h"],
      ...["--custom-header", " A : b:c ", "--custom-header=d:e"],
    ],
    {},
  );
  assert.deepEqual(options.listen, { socket: "/run/p" });
  assert.deepEqual(options.api, { socket: "/run/a" });
  assert.equal(options.routesFile, "/var/r.json");
  assert.equal(gateKeyFile, "/var/k");
  assert.deepEqual([options.timeout, options.proxyTimeout, options.keepAliveTimeout], [1, 2, 3]);
  assert.equal(options.xForward, false);
  assert.deepEqual(options.customHeaders, { A: "b:c", d: "e" });
});

test("sockets of systemd, files of secrets, redirects and the grace", () => {
  const deployed = parseProxyArguments(
    [
      ...["--sockets-from-systemd", "--api-socket=/run/a", "--auth-token-file=/var/t", "--grace=30"],
      ...["--gate-key-file=/var/k", "--settings-file=/var/s"],
    ],
    {},
  );
  assert.equal(deployed.socketsFromSystemd, true);
  assert.equal(deployed.serves, undefined);
  assert.equal(parseProxyArguments(["--serves", "https"], {}).serves, "https");
  assert.deepEqual([deployed.authTokenFile, deployed.settingsFile, deployed.graceMs], ["/var/t", "/var/s", 30_000]);
  const { options, graceMs } = parseProxyArguments(["--ip=::1", "--port=8443", "--redirect-port=8080"], {});
  assert.deepEqual(options.redirect, [{ host: "::1", port: 8080 }]);
  assert.equal(graceMs, 2_000);
  const apart = parseProxyArguments(["--ip=::1", "--redirect-ip=*", "--redirect-port=8080"], {});
  assert.deepEqual(apart.options.redirect, [{ host: undefined, port: 8080 }]);
});

test("mistakes are named", () => {
  const cases: readonly [string[], RegExp][] = [
    [["--custom-header", "nocolon"], /A colon was expected in custom header: nocolon/],
    [["--port=x"], /--port cannot be “x”/],
    [["--log-level=loud"], /--log-level cannot be “loud”/],
    [["--socket=/s", "--port=1"], /--socket cannot be used together/],
    [["--unknown"], /--unknown/],
    [["--serves=gopher"], /--serves cannot be “gopher”/],
    [["--sockets-from-systemd", "--port=1"], /--sockets-from-systemd cannot be used together with --port/],
    [["--sockets-from-systemd", "--redirect-port=1"], /together with --redirect-port/],
    [["--settings-file=/s"], /--settings-file needs --gate-key-file/],
    [["--redirect-ip=::1"], /--redirect-ip says nothing without --redirect-port/],
    [["--grace=soon"], /--grace cannot be “soon”/],
  ];
  for (const [argv, message] of cases) assert.throws(() => parseProxyArguments(argv, {}), message);
  const environment = { CONFIGPROXY_AUTH_TOKEN: "t" };
  assert.throws(() => parseProxyArguments(["--auth-token-file=/t"], environment), /Give one/);
});

test("the account that a proxy of root becomes is never root", () => {
  assert.deepEqual(parseProxyArguments(["--become", "990:980"], {}).become, { uid: 990, gid: 980 });
  assert.equal(parseProxyArguments([], {}).become, undefined);
  for (const wrong of ["0:0", "0:5", "hublet", "990", "-1:5"])
    assert.throws(() => parseProxyArguments([`--become=${wrong}`], {}), /--become cannot be/, wrong);
});
