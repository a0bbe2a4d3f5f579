/** The images that servers and the hub itself start from. */
import { readRecipe, SPOKEN_JUPYTERHUB } from "../../images/index.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { accountStep, dockerWords, error, fine, listed, skipped, step, unknown, warning } from "./finding.ts";
import { hasImage, knowsImages, serverImages, startedFrom } from "./image-names.ts";
import { jupyterhubVersion } from "./trial.ts";
import type { Check, CheckContext } from "./types.ts";

export const imageChecks: readonly Check[] = [
  {
    id: "program-images",
    group: "deployment",
    title: "the images of hub and proxy are there",
    deep: false,
    async run(context) {
      if (!context.deployed) return skipped("“hublet apply” has not set up this host.");
      if (!knowsImages(context)) return unknown("without the account's systemd manager its images are not asked for.");
      const wished = Object.values(readUnits(context.generation?.units ?? {}).images);
      const missing = [...new Set(wished)].filter((image) => !hasImage(context, image));
      if (missing.length === 0) return [];
      return [
        error(
          `${storeOf(context)} lacks ${listed(missing)}.`,
          "Containers of these images run on, but do not start again.",
          {
            advice: "Run “hublet apply”: it brings the program's images along, without a registry.",
          },
        ),
      ];
    },
  },
  {
    id: "server-images",
    group: "engine",
    title: "the images of servers are there",
    deep: false,
    async run(context) {
      const { config, state } = context;
      if (config === undefined) return skipped("there is no configuration that can be read.");
      if (state.account === undefined || (state.podman === undefined && state.docker === undefined))
        return skipped(
          context.engine === "docker"
            ? "Docker does not answer, or the account is not there yet."
            : "there is no account with Podman yet.",
        );
      if (!knowsImages(context)) return unknown("without the account's systemd manager its images are not asked for.");
      const wished = serverImages(context);
      const { settings } = await readRecipe();
      const there = wished.flatMap((image) => startedFrom(context, image, settings.reference) ?? []);
      const missing = wished.filter((image) => startedFrom(context, image, settings.reference) === undefined);
      if (missing.length === 0) return wished.length === 0 ? [] : fine(`${listed(there)}.`);
      const program = context.engine;
      return [
        warning(
          `${storeOf(context)} lacks ${listed(missing)}.`,
          "The first start has to fetch it, and fails where no registry can be reached.",
          {
            fix: missing.map((image) =>
              context.engine === "docker"
                ? step(...dockerWords(context, "pull", image))
                : accountStep(context, "podman", "pull", image),
            ),
            advice: `On a host without a way out: “${program} save” elsewhere and “${program} load” here, or “hublet apply”, which brings images along.`,
            safe: false,
          },
        ),
      ];
    },
  },
  {
    id: "image-jupyterhub",
    group: "engine",
    title: "the jupyterhub inside of the images speaks with this hub",
    deep: true,
    async run(context) {
      if (context.config === undefined) return skipped("there is no configuration that can be read.");
      const { settings } = await readRecipe();
      const images = serverImages(context).flatMap((image) => startedFrom(context, image, settings.reference) ?? []);
      if (images.length === 0) return skipped("no image of servers is there.");
      const { oldest, newest } = SPOKEN_JUPYTERHUB;
      const notes: string[] = [];
      const findings = [];
      for (const image of images) {
        const version = await jupyterhubVersion(context, image);
        if (version === undefined) {
          notes.push(`${image} has no jupyterhub, so it needs protocol: http`);
          continue;
        }
        const major = Number.parseInt(version, 10);
        if (major >= oldest && major <= newest) notes.push(`${image} has ${version}`);
        else
          findings.push(
            error(
              `${image} has jupyterhub ${version}; this hub speaks with ${oldest} to ${newest}.`,
              "People are sent round in circles between hub and server, or their server never becomes ready.",
              {
                advice:
                  "Install another version in the image: pip install 'jupyterhub>=5,<6'. Or take protocol: http, which needs none.",
              },
            ),
          );
      }
      return findings.length > 0
        ? findings
        : notes.length > 0
          ? fine(`${notes.join("; ")}.`)
          : unknown("no image could be asked.");
    },
  },
];

function storeOf({ engine }: CheckContext): string {
  return engine === "docker" ? "Docker" : "The account's store";
}
