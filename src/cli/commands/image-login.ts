/** `hublet image login`: how people push to the own registry with tools of their own. */
import { z } from "zod";
import { loadSnapshot } from "../../config/index.ts";
import { imagesSchema } from "../../contract/index.ts";
import { REGISTRY_USER, registryAddress } from "../../images/index.ts";
import { HubError, messageOf } from "../../kernel/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { statePaths } from "../instance.ts";
import { readSecret } from "../up/state-folder.ts";

export const imageLogin = command({
  path: ["image", "login"],
  summary:
    "Tell how to sign in to the own registry with podman or docker; its password is for root and the hub's account",
  positionals: [],
  options: { password: z.boolean().default(false).describe("Print the password alone, for --password-stdin.") },
  inside: true,
  examples: [
    "hublet image login",
    "hublet image login --password | podman login --tls-verify=false --username hublet --password-stdin localhost:5000",
  ],
  run: async (context, _words, { password }) => {
    const { config: file, state } = context.instance();
    const { config } = await loadSnapshot({ file, environment: context.env, state });
    if (config.registry === undefined)
      throw new HubError("not-found", "This hub has no registry of its own. Set “registry: {}” in hublet.yaml.");
    const address = registryAddress(config.registry);
    if (password) {
      const value = passwordOf(context);
      return { json: { address, username: REGISTRY_USER, password: value }, text: value };
    }
    const pipe = (login: string): string =>
      `  hublet image login --password | ${login} --username ${REGISTRY_USER} --password-stdin ${address}`;
    const images = await context
      .hub()
      .request("GET", "/hublet/images", imagesSchema)
      .catch(() => undefined); // whoever may sign in need not wait for the hub
    const absent = images?.registry === null;
    return {
      json: { address, username: REGISTRY_USER },
      text: [
        ...(absent ? ["Mind: this hub was started without its registry. Start it again first.", ""] : []),
        `The registry is ${address}, on this host alone; its user is ${REGISTRY_USER}. Sign in with one of:`,
        "",
        // On loopback it speaks plain HTTP, which Docker takes for granted there and Podman does not.
        pipe("podman login --tls-verify=false"),
        pipe("docker login"),
        "",
        "Then one of:",
        "",
        `  podman push --tls-verify=false IMAGE ${address}/lab/NAME:TAG`,
        `  docker tag IMAGE ${address}/lab/NAME:TAG && docker push ${address}/lab/NAME:TAG`,
        "",
        `From another computer, by a tunnel: ssh -L ${config.registry.port}:127.0.0.1:${config.registry.port} HOST`,
      ].join("\n"),
    };
  },
});

function passwordOf(context: CliContext): string {
  const { state, secrets } = context.instance();
  try {
    return readSecret(statePaths(state, secrets), "registry.password");
  } catch (error) {
    throw new HubError(
      "state-unusable",
      `The registry's password cannot be read: ${messageOf(error)}. Run this as root or as the hub's account, after the hub was started with a registry.`,
      { cause: error },
    );
  }
}
