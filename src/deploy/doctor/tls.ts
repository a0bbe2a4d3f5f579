/** The certificate, as browsers will judge it. */
import { dirname, resolve } from "node:path";
import { certificatesIn, dateText, expiryOf, isFor, lacksIssuer, namesOf } from "../../config/index.ts";
import { messageOf } from "../../kernel/index.ts";
import { publicName } from "./address.ts";
import { error, NEEDS_ROOT, skipped, warning } from "./finding.ts";
import type { Check, CheckContext, Finding, NotLooked } from "./types.ts";

type Certificates = ReturnType<typeof certificatesIn>;
const IMPORT = "Get another and take it over: hublet tls import FILES. For trying things out: hublet tls selfsigned.";

export const tlsChecks: readonly Check[] = [
  {
    id: "certificate-expiry",
    group: "address",
    title: "the certificate is valid now and for some weeks",
    deep: false,
    run: (context) =>
      withCertificates(context, ([leaf]) => {
        if (leaf === undefined) return [];
        const { state, from, until } = expiryOf(leaf, context.now);
        if (state === "over")
          return [
            error(`The certificate expired on ${dateText(until)}.`, "Browsers refuse the page.", { advice: IMPORT }),
          ];
        if (state === "not-yet")
          return [
            error(
              `The certificate is valid from ${dateText(from)} only, which is still to come.`,
              "Browsers refuse the page until then.",
              {
                advice: "Either the certificate was made for later, or the clock of this host is wrong; see clock.",
              },
            ),
          ];
        if (state === "soon")
          return [
            warning(`The certificate expires on ${dateText(until)}.`, "Browsers refuse the page from then on.", {
              advice: IMPORT,
            }),
          ];
        return [];
      }),
  },
  {
    id: "certificate-names",
    group: "address",
    title: "the certificate is for the name people type",
    deep: false,
    run: (context) =>
      withCertificates(context, ([leaf]) => {
        const name = publicName(context);
        if (leaf === undefined || name === "" || isFor(leaf, name)) return [];
        return [
          error(
            `The certificate is for ${namesOf(leaf).join(", ") || "no name at all"}, and people type ${name}.`,
            "Browsers refuse the page.",
            { advice: IMPORT },
          ),
        ];
      }),
  },
  {
    id: "certificate-chain",
    group: "address",
    title: "the certificate comes with its chain",
    deep: false,
    run: (context) =>
      withCertificates(context, (certificates) => {
        const last = certificates.at(-1);
        if (last === undefined || !lacksIssuer(last)) return [];
        return [
          warning(
            "The certificate's chain is not whole: its issuer's certificate is missing.",
            "Some browsers fill the gap by themselves; pip, git, curl and phones refuse the page.",
            {
              advice:
                "Use the file that authorities call “fullchain”, or take over all the files you were given: hublet tls import FILES.",
            },
          ),
        ];
      }),
  },
];

async function withCertificates(
  context: CheckContext,
  judge: (certificates: Certificates) => readonly Finding[],
): Promise<readonly Finding[] | NotLooked> {
  const { config, target, host } = context;
  if (config?.tls === undefined) return skipped("the configuration has no tls.");
  const path = resolve(dirname(target.configFile), config.tls.certificate);
  try {
    const bytes = await host.readFile(path);
    if (bytes === undefined)
      return [
        error(
          `The certificate ${path} is not there.`,
          "The hub works on with the one it had, until it is started again.",
          { advice: IMPORT },
        ),
      ];
    const certificates = certificatesIn(bytes.toString("utf8"));
    if (certificates.length === 0)
      return [
        error(`${path} holds no certificate in PEM form.`, "HTTPS cannot be served with it.", { advice: IMPORT }),
      ];
    return judge(certificates);
  } catch (failure) {
    if (!context.privileged) return NEEDS_ROOT;
    return [
      error(`The certificate ${path} cannot be read: ${messageOf(failure)}.`, "HTTPS cannot be served with it.", {
        advice: IMPORT,
      }),
    ];
  }
}
