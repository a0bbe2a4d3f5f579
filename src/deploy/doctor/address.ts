/** The address people type, against what this host and the sign-in providers know. */
import { isIP } from "node:net";
import { error, fine, skipped, step, warning } from "./finding.ts";
import type { Check, CheckContext, Finding } from "./types.ts";

export const addressChecks: readonly Check[] = [
  {
    id: "hostname",
    group: "address",
    title: "the host's name fits the address people type",
    deep: false,
    async run(context) {
      const name = publicName(context);
      if (name === "") return skipped("the configuration has no publicUrl.");
      const { fqdn, hostname } = context.state;
      if (isIP(name) !== 0) return fine("publicUrl is an address of numbers.");
      if ([fqdn, hostname].some((own) => own.toLowerCase() === name)) return [];
      const generic = ["localhost", "localhost.localdomain", ""].includes(hostname);
      if (!generic) return fine(`this host calls itself ${fqdn}; people type ${name}.`);
      return [
        warning(
          `This host has no name of its own (it calls itself ${hostname || "nothing"}); people type ${name}.`,
          "Mails, logs and certificates are made out to the host's name.",
          {
            fix: [step("hostnamectl", "set-hostname", name)],
            safe: false,
          },
        ),
      ];
    },
  },
  {
    id: "public-address",
    group: "address",
    title: "the address people type leads to this host",
    deep: false,
    async run(context) {
      const name = publicName(context);
      if (name === "") return skipped("the configuration has no publicUrl.");
      const own = (context.facts.part("addresses") ?? "").split(/\s+/).filter((address) => address !== "");
      const found = [...new Set(context.facts.lines("names").map((line) => line.split(/\s+/)[0] ?? ""))].filter(
        (address) => isIP(address) !== 0,
      );
      const known = isIP(name) !== 0 ? [name] : found;
      if (known.length === 0)
        return [
          warning(
            `${name} of publicUrl is unknown to this host's name servers.`,
            "If that is so for everybody, nobody finds the hub by its name.",
            {
              advice: "Have the name entered in DNS, or correct publicUrl.",
            },
          ),
        ];
      const local = [...own, "127.0.0.1", "127.0.1.1", "::1"];
      if (known.some((address) => local.includes(address))) return [];
      return [
        warning(
          `${name} of publicUrl leads to ${known.join(", ")}, and this host has ${own.join(", ") || "no address"}.`,
          "People land on another host, unless a proxy or a router there passes them on.",
          {
            advice:
              "Behind another proxy or an address translation this is as it should be (then see trustedProxies); otherwise correct DNS or publicUrl.",
          },
        ),
      ];
    },
  },
  {
    id: "public-scheme",
    group: "address",
    title: "publicUrl says how people really come",
    deep: false,
    async run({ config }) {
      if (config?.publicUrl === undefined) return skipped("the configuration has no publicUrl.");
      const url = new URL(config.publicUrl);
      const findings: Finding[] = [];
      if (url.protocol === "http:" && config.tls !== undefined)
        findings.push(
          error(
            `publicUrl is ${config.publicUrl}, while tls serves HTTPS.`,
            "Links, cookies and the way back from sign-in are made for plain HTTP, so sign-in fails or is not secure.",
            {
              advice: `Write publicUrl: ${config.publicUrl.replace(/^http:/, "https:")} in hublet.yaml; it applies at once.`,
            },
          ),
        );
      const port = Number(config.listen.slice(config.listen.lastIndexOf(":") + 1));
      const typed = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
      if (config.tls !== undefined && url.protocol === "https:" && typed !== port)
        findings.push(
          warning(
            `People are sent to port ${typed} by publicUrl, and the hub listens on ${port}.`,
            "They reach it only when something passes them on.",
            {
              advice: "Behind a router or another proxy this may be right; otherwise make publicUrl and listen agree.",
            },
          ),
        );
      return findings;
    },
  },
  {
    id: "sign-in-callback",
    group: "address",
    title: "the callback addresses of sign-in providers lead here",
    deep: false,
    async run({ config }) {
      if (config === undefined) return skipped("there is no configuration that can be read.");
      const { github, oidc } = config.signIn;
      const methods = [
        ...(github === undefined ? [] : [{ key: "github", callbackUrl: github.callbackUrl }]),
        ...Object.entries(oidc).map(([name, { callbackUrl }]) => ({ key: `oidc.${name}`, callbackUrl })),
      ];
      if (methods.length === 0) return skipped("nobody signs in by another provider.");
      return methods.flatMap(({ key, callbackUrl }): Finding[] => {
        if (callbackUrl === undefined) {
          if (config.publicUrl !== undefined) return [];
          return [
            warning(
              `signIn.${key} has no callbackUrl, and there is no publicUrl.`,
              "The way back from the provider is made of the address that listen names, which the provider may not know.",
              {
                advice: "Write publicUrl in hublet.yaml, and register PUBLICURL/hub/oauth_callback with the provider.",
              },
            ),
          ];
        }
        if (config.publicUrl === undefined || new URL(callbackUrl).origin === new URL(config.publicUrl).origin)
          return [];
        return [
          error(
            `signIn.${key}.callbackUrl is ${callbackUrl}, but people come by ${config.publicUrl}.`,
            "The provider sends people to another place after they signed in, where their sign-in was never begun: it fails for everybody.",
            {
              advice: `Make it ${new URL(config.publicUrl).origin}/hub/oauth_callback, here and where the provider has it registered.`,
            },
          ),
        ];
      });
    },
  },
];

/** Host name of publicUrl, in lower case; "" without one. */
export function publicName({ config }: Pick<CheckContext, "config">): string {
  return config?.publicUrl === undefined ? "" : new URL(config.publicUrl).hostname.replace(/^\[(.*)\]$/, "$1");
}
