/** JupyterLab of the real notebook image under a number that the image does not know (survey T2, D26). */
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findAccount } from "../src/deploy/index.ts";
import { createPodmanDriver } from "../src/drivers/index.ts";
import { buildNotebook, defaultCacheFolders } from "../src/images/index.ts";
import { DEFAULT_SERVER } from "../src/kernel/index.ts";
import { openEngineHall } from "../src/servers/test-support/engine-hall.ts";
import { ALICE } from "../src/servers/test-support/hall.ts";
import { ensureProgram, startPodman } from "./support/engines.ts";

const TOKEN = "token=t";
const CODE =
  "import os, getpass; open('written', 'w').write('x'); print(os.getuid(), getpass.getuser(), os.getcwd(), end='')";

test("it starts, a kernel runs in it and writes into the home, whose files are the person's own", {
  timeout: 900_000,
}, async (t) => {
  await ensureProgram("mmdebstrap", "mmdebstrap");
  const account = process.getuid?.() === 0 ? await findAccount("hublet-test") : undefined;
  const built = await buildNotebook({
    ...(account === undefined ? {} : { account }),
    folders: defaultCacheFolders(),
    onProgress: () => undefined,
    signal: AbortSignal.timeout(800_000),
  });
  const hall = await openEngineHall(t, startPodman, createPodmanDriver, {}, built);
  hall.configure({ runAs: "own", protocol: "http", environment: { JUPYTER_TOKEN: "t" } });
  await hall.run(ALICE);
  const address = await hall.addressOf(ALICE);

  const made = await fetch(`${address}api/contents/note.txt?${TOKEN}`, {
    method: "PUT",
    body: JSON.stringify({ type: "file", format: "text", content: "mine" }),
  });
  assert.equal(made.status, 201, await made.text());
  const kernel = await fetch(`${address}api/kernels?${TOKEN}`, { method: "POST", body: "{}" });
  const { id } = (await kernel.json()) as { id: string };
  assert.equal(
    await ran(`${address.replace("http", "ws")}api/kernels/${id}/channels?${TOKEN}`),
    "20000 alice /home/jovyan",
  );
  const folder = await hall.folderOf(ALICE);
  const owners = await Promise.all(
    ["note.txt", "written", "."].map(async (name) => (await stat(join(folder, name))).uid),
  );
  assert.equal(new Set(owners).size, 1, `the host sees ${owners.join(", ")}`);
  assert.doesNotMatch(
    await hall.servers.log({ user: ALICE, server: DEFAULT_SERVER }, 200),
    /Traceback|Permission denied/,
  );
});

/** What a kernel prints. */
async function ran(channels: string): Promise<string> {
  const socket = new WebSocket(channels);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const late = setTimeout(() => reject(new Error("the kernel says nothing")), 60_000);
    socket.addEventListener("error", () => reject(new Error("the kernel cannot be reached")));
    socket.addEventListener("message", ({ data }) => {
      const { msg_type: type, content } = JSON.parse(String(data)) as {
        msg_type: string;
        content: Record<string, string>;
      };
      if (type === "stream") resolve(content.text ?? "");
      if (type === "error") reject(new Error(content.evalue));
    });
    await new Promise((open) => socket.addEventListener("open", open));
    const header = { msg_id: "1", msg_type: "execute_request", username: "", session: "s", version: "5.3", date: "" };
    const content = { code: CODE, silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
    socket.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] }));
    const said = await promise;
    clearTimeout(late);
    return said;
  } finally {
    socket.close();
  }
}
