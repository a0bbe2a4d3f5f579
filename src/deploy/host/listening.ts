import type { HostState } from "./state.ts";

type Listening = HostState["listening"];

/** From `ss -Hltnp` where it is there, else from /proc/net/tcp and tcp6, which do not know processes. */
export function parseListening(ss: string, proc: string): Listening {
  const found = ss.trim() === "" ? fromProc(proc) : fromSs(ss);
  return found.filter((entry, index) => found.findIndex((other) => other.address === entry.address) === index);
}

function fromSs(text: string): Listening {
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const local = words[3];
    if (words[0] !== "LISTEN" || local === undefined) return [];
    const process = /users:\(\("([^"]*)"/.exec(line)?.[1];
    // `*:443` is both families; an interface may stand after the address (`127.0.0.53%lo:53`).
    return [{ address: local.replace(/%[^\]:]+/, "").replace(/^\*:/, "[::]:"), process }];
  });
}

function fromProc(text: string): Listening {
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    const [, address, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local) ?? [];
    if (state !== "0A" || address === undefined || port === undefined) return [];
    return [{ address: `${readAddress(address)}:${Number.parseInt(port, 16)}`, process: undefined }];
  });
}

/** The kernel prints addresses as words of the machine's own order, which is little-endian on all that we run on. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => `${bytes[2 * i]}${bytes[2 * i + 1]}`.toLowerCase());
  return `[${new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1)}]`;
}
