import assert from "node:assert/strict";
import { test } from "node:test";
import { HUB_LABEL } from "../../kernel/index.ts";
import { changed, described, freshHost, hostInOrder } from "./planned.fixture.ts";
import { NO_RECORDS } from "./records.ts";
import { disturbances } from "./show.ts";
import { bareDeployment, uninstallFor } from "./uninstall.ts";

const BARE = bareDeployment("hublet", "/var/lib/hublet", NO_RECORDS);

test("stops what runs before its secrets and images go, and keeps the keys with the data", async () => {
  const order = hostInOrder(await described());
  const server = { name: "jupyter-ada", image: "x", running: true, labels: { [HUB_LABEL]: "1" } };
  const { state } = changed(order, { containers: [...order.state.containers, server] });
  const plan = uninstallFor(BARE, state, order.records, false);
  const titles = plan.steps.map(({ title }) => title);
  assert.match(titles[0] ?? "", /stop and remove .*hublet-hub\.container/);
  assert.match(titles[1] ?? "", /stop and remove one server of people/);
  assert.match(titles[2] ?? "", /hublet-hub\.key.*go back to \/var\/lib\/hublet\/state\/secrets/);
  assert.match(disturbances(plan).join(), /One running server is stopped/);
  assert.match(plan.notes.join(), /\/var\/lib\/hublet .* stay/);
  assert.doesNotMatch(titles.join(), /the configuration in/);
});

test("erases configuration and records only when told so", async () => {
  const { state, records } = hostInOrder(await described());
  const folder = { sha256: "", mode: 0o700, uid: 0, gid: 0, kind: "folder" as const };
  const files = { ...state.files, [BARE.records]: folder };
  const titles = uninstallFor(BARE, { ...state, files }, records, true).steps.map(({ title }) => title);
  assert.ok(titles.includes("remove the configuration in /etc/hublet"));
  assert.ok(titles.includes("remove the records in /var/lib/hublet-deploy/hublet"));
  assert.doesNotMatch(titles.join(), /go back/);
});

test("finds nothing on a host without a deployment", () => {
  const { state, records } = freshHost();
  assert.deepEqual(uninstallFor(BARE, state, records, false).steps, []);
});

test("leaves the images of an account that was there before", async () => {
  const { state, records } = hostInOrder(await described());
  const images = {
    ...state.images,
    "localhost/hublet-registry:2.8.3-ccc": "id",
    "docker.io/library/their-own:1": "id",
  };
  const record = (made: boolean) => ({
    [`${BARE.records}/account.json`]: JSON.stringify({ made, lingered: false }),
  });
  const titles = (made: boolean): string =>
    uninstallFor(BARE, { ...state, images, contents: { ...state.contents, ...record(made) } }, records, false)
      .steps.map(({ title }) => title)
      .join("\n");
  assert.match(titles(true), /remove the account's images/);
  assert.match(
    titles(false),
    /^remove localhost\/hublet-proxy:1-bbb, localhost\/hublet-hub:1-aaa, localhost\/hublet-registry:2.8.3-ccc$/m,
  );
});
