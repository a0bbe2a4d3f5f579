/** A proxy in front has signed people in already and says who they are in a header. */
import type { HeaderConfig } from "../../contract/index.ts";
import { HubError, networkMatcher } from "../../kernel/index.ts";
import type { Proof } from "../../people/index.ts";
import type { HeaderSignIn } from "../port.ts";

const MOST_GROUPS = 1000;
const LONGEST_GROUP = 255;

/**
 * @throws HubError `sign-in-refused` when the header is not the proxy's, or says nobody; that the name can be used here is
 *   the people room's matter, which also keeps look-alikes apart
 */
export function headerProof(header: HeaderConfig, { user, groups, peer }: HeaderSignIn): Proof {
  // First of all: what anybody else says in this header is a forgery.
  if (!networkMatcher(header.from)(peer))
    throw new HubError(
      "sign-in-refused",
      `${header.title} is not between you and this hub. Open the hub by its usual address, or sign in another way.`,
      { detail: `The header ${header.user} came from ${peer.slice(0, 60)}, which is not in signIn.header.from.` },
    );
  const login = nameIn(header, user);
  return {
    ...{ provider: "header", issuer: "", subject: login.toLowerCase(), login, email: null, credential: null },
    groups: header.groups === undefined ? [] : groupsIn(groups),
  };
}

function nameIn(header: HeaderConfig, user: string | undefined): string {
  const text = user === undefined ? "" : decoded(user).trim();
  if (text === "")
    throw new HubError(
      "sign-in-refused",
      `${header.title} does not say who you are. Sign in there first, then come back; if that does not help, tell an admin.`,
      { detail: `The proxy sends no header ${header.user}, or an empty one.` },
    );
  // Two headers arrive as one with a comma: one of them is the visitor's own.
  if (text.includes(","))
    throw new HubError("sign-in-refused", `${header.title} names more than one person. Tell an admin of this hub.`, {
      detail: `The header ${header.user} came more than once, or with a comma: the proxy has to remove it from what visitors send.`,
    });
  return text;
}

function groupsIn(groups: string | undefined): readonly string[] {
  const names = decoded(groups ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name.length <= LONGEST_GROUP);
  return [...new Set(names)].slice(0, MOST_GROUPS).toSorted();
}

/** Node.js reads headers as Latin-1; proxies send UTF-8. What is no UTF-8 is taken as it came. */
function decoded(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: anything above ASCII but no byte
  if (!/[\x80-\xff]/.test(value) || /[^\x00-\xff]/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
