import { Writable } from "node:stream";
import { HubError } from "../../kernel/index.ts";
import { parseFrames } from "./frames.ts";
import type { Host } from "./port.ts";
import type { HostState, HostStateWish } from "./state.ts";
import { parseState } from "./state-parse.ts";
import { ACCOUNT_SCRIPT, HOST_COMMANDS, STATE_SCRIPT } from "./state-script.ts";

/** Reads all that is asked for in one go. @throws HubError `host-unreachable`, `command-failed` */
export async function readHostState(host: Host, wish: HostStateWish): Promise<HostState> {
  const input = wishLines(wish);
  // systemd puts variables in place of “$NAME” in the arguments of a unit, and this one's are for the shell in it.
  const inner = ACCOUNT_SCRIPT.replaceAll("$", "$$$$");
  const chunks: Buffer[] = [];
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await host.mustRun(["sh", "-c", STATE_SCRIPT, "sh", wish.account, wish.home, inner], { input, output });
  const frames = parseFrames(Buffer.concat(chunks));
  return parseState(frames, parseFrames(Buffer.from(frames.get("account-part") ?? "")), wish);
}

function wishLines(wish: HostStateWish): string {
  const lists = {
    command: HOST_COMMANDS,
    file: wish.files,
    content: wish.contents,
    folder: wish.folders,
    unit: wish.units,
    docker: wish.docker === undefined ? [] : [wish.docker.socket],
  };
  const lines = Object.entries(lists).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`));
  const strange = lines.find((line) => line.includes("\n"));
  if (strange === undefined) return `${lines.join("\n")}\n`;
  throw new HubError("bad-request", `“${strange.slice(0, 100)}” cannot be asked of a host: it has more than one line.`);
}
