/** The own registry, and those that the configuration names. */
import { join } from "node:path";
import { registryPlaces } from "../../images/index.ts";
import { bytesText, error, fine, skipped, unknown, warning } from "./finding.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

export const registryChecks: readonly Check[] = [
  {
    id: "own-registry",
    group: "deployment",
    title: "the own registry answers on this host alone, and asks for its password",
    deep: false,
    async run(context) {
      const registry = context.config?.registry;
      if (registry === undefined) return skipped("no registry is configured.");
      const { port } = registry;
      const status = await statusOf(context, `http://127.0.0.1:${port}/v2/`);
      if (status === undefined) return unknown("curl, which asks it, is not there.");
      if (status === "000")
        return [
          error(`The own registry does not answer on 127.0.0.1:${port}.`, "Images of it cannot be fetched.", {
            advice: context.deployed
              ? "See what it said: hublet logs registry. “hublet apply” starts it."
              : `It runs as long as “hublet up”; its log is ${join(context.target.state, "logs/registry.log")}.`,
          }),
        ];
      const why = "Whoever may push decides what people's servers run.";
      if (status !== "401")
        return [
          error(`What answers on 127.0.0.1:${port} asks for no password (status ${status}).`, why, {
            advice:
              "Another program has this port: the distribution's own service perhaps (systemctl disable --now docker-registry). Or set registry.port.",
          }),
        ];
      const open = context.state.listening
        .map(({ address }) => address)
        .filter((address) => address.endsWith(`:${port}`) && !/^(127\.|\[::1\])/.test(address));
      if (open.length > 0)
        return [
          error(`Port ${port} of the own registry is open to other computers (${open.join(", ")}).`, why, {
            advice:
              "It is not what Hublet starts, which listens on 127.0.0.1 alone: see which program has it, ss -ltnp.",
          }),
        ];
      return room(context, registry.limit);
    },
  },
  {
    id: "registries",
    group: "network",
    title: "configured registries answer, with certificates that are trusted",
    deep: false,
    async run(context) {
      const entries = Object.entries(context.config?.registries ?? {});
      if (entries.length === 0) return skipped("none are configured.");
      const found = await Promise.all(
        entries.map(async ([address, { insecure, certificate }]): Promise<readonly Finding[]> => {
          const folder = context.target.configFile.replace(/\/[^/]*$/, "");
          const authority = certificate?.startsWith("/") === false ? join(folder, certificate) : certificate;
          const host = address === "docker.io" ? "registry-1.docker.io" : address;
          const options = authority === undefined ? [] : ["--cacert", authority];
          const first = await statusOf(context, `https://${host}/v2/`, insecure ? ["--insecure"] : options);
          const status = first === "000" && insecure ? await statusOf(context, `http://${host}/v2/`) : first;
          if (status === "200" || status === "401" || status === undefined) return [];
          return [
            warning(
              status === "000"
                ? `The registry ${address} does not answer, or its certificate is not trusted here.`
                : `The registry ${address} answers with status ${status}.`,
              "Images of it cannot be fetched.",
              {
                advice: `Look at it: curl -v https://${host}/v2/. An authority of its own is named as registries.${address}.certificate${
                  context.engine === "docker" ? `, and for Docker lies in /etc/docker/certs.d/${address}/ca.crt` : ""
                }.`,
              },
            ),
          ];
        }),
      );
      return found.flat();
    },
  },
];

/** Three digits; `000` for no answer; undefined without the program. */
async function statusOf(
  { host, signal }: CheckContext,
  url: string,
  options: readonly string[] = [],
): Promise<string | undefined> {
  const argv = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "5"];
  const { code, stdout } = await host.run([...argv, ...options, url], { signal });
  return code === 127 ? undefined : stdout.trim().slice(-3);
}

async function room({ host, target, signal }: CheckContext, limit: number | undefined) {
  if (limit === undefined) return [];
  const { data } = registryPlaces(target.state);
  const { code, stdout } = await host.run(["du", "-s", "--block-size=1", "--", data], { signal });
  const used = Number.parseInt(stdout, 10);
  if (code !== 0 || Number.isNaN(used)) return unknown("its folder cannot be looked at.");
  const text = `${bytesText(used)} of ${bytesText(limit)} are used.`;
  if (used < limit * 0.9) return fine(text);
  return [
    warning(`The own registry is nearly full: ${text}`, "At its limit the hub pushes no more images.", {
      advice:
        "Remove tags that nobody needs (hublet image rm), then run “hublet image gc-registry”; or raise registry.limit.",
    }),
  ];
}
