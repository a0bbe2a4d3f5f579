import { HubError } from "../../kernel/index.ts";

export interface SshTarget {
  /** `ada@lab.example.org`, as ssh takes it. */
  readonly destination: string;
  readonly port: number | undefined;
}

/**
 * Reads `HOST`, `USER@HOST`, `HOST:PORT`, `USER@[ADDRESS]:PORT`; an address of IPv6 alone needs no brackets.
 * @throws HubError `bad-request` for anything else, above all what ssh would take for an option
 */
export function parseTarget(target: string): SshTarget {
  const at = target.lastIndexOf("@");
  const user = target.slice(0, at + 1);
  const rest = target.slice(at + 1);
  const [, address, host, port] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(rest) ?? /^([0-9A-Fa-f:.]+)$/.exec(rest) ?? [];
  const name = address ?? host ?? "";
  const number = port === undefined ? undefined : Number(port);
  if (
    !/^([A-Za-z0-9._][A-Za-z0-9._-]*@)?$/.test(user) ||
    !/^[A-Za-z0-9.:_][A-Za-z0-9.:_%-]*$/.test(name) ||
    (number !== undefined && (number < 1 || number > 65_535))
  ) {
    throw new HubError(
      "bad-request",
      `“${target.slice(0, 100)}” is no host that ssh could reach. Give HOST, USER@HOST or USER@HOST:PORT, for example ada@lab.example.org.`,
    );
  }
  return { destination: `${user}${name}`, port: number };
}
