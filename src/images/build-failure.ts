/** What the image builder said when it failed, in words for people. */
import { HubError } from "../kernel/index.ts";

const ELSE = "or set `server.image` to an image that this host's engine has or can pull.";

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /Temporary failure resolving|Could not resolve|Could not connect|Connection timed out|Network is unreachable/,
    `The mirror of this host's apt sources does not answer. Check that \`apt-get update\` works, then start again; ${ELSE}`,
  ],
  [
    /NO_PUBKEY|EXPKEYSIG|is not signed|Missing key|couldn't be verified/,
    `The mirror's signature is not known to this host. Update the package debian-archive-keyring (on Ubuntu: ubuntu-keyring), then start again; ${ELSE}`,
  ],
  [
    /Unable to locate package|has no installation candidate|does not have a Release file/,
    `The mirror does not carry JupyterLab and JupyterHub for this system. Use a mirror with Debian 13, ${ELSE}`,
  ],
  [
    /unshare\(\) failed|newuidmap|newgidmap|uid_map|Operation not permitted.*(?:unshare|clone)/,
    `This host does not let the account make a user namespace. Check /etc/subuid, /etc/subgid and the setting user.max_user_namespaces, ${ELSE}`,
  ],
];

/** @param lines everything the builder printed; `log` is the file that holds it */
export function explainFailure(lines: readonly string[], log: string): HubError {
  const text = lines.join("\n");
  if (/No space left on device/.test(text)) {
    return new HubError(
      "disk-full",
      "The disk became full while the notebook image was built. Free some space, then start again.",
    );
  }
  const said = lines.filter((line) => /^(E:|Err:|dpkg: error)/.test(line));
  const cause = CAUSES.find(([pattern]) => pattern.test(text))?.[1];
  const words = cause ?? `The builder said: “${said[0] ?? lines.at(-1) ?? "nothing"}”. Start again, ${ELSE}`;
  return new HubError(
    "image-build-failed",
    `The notebook image could not be built. ${words} All it said is in ${log}.`,
    {
      detail: said.slice(0, 20).join("\n"),
    },
  );
}
