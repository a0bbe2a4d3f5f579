/** Images of the program, and those that the host gets from a registry: Postgres and what servers start with. */
import { HubError, messageOf } from "../../kernel/index.ts";
import { engineFor } from "../engines/engine-of.ts";
import { needHostAccount } from "../host/find-account.ts";
import type { ProgramImage } from "../image/types.ts";
import type { Situation, Target } from "../plan/target.ts";
import type { PlannedStep, StepRun } from "../plan/types.ts";
import { readUnits } from "../plan/unit-texts.ts";
import { Meter, megabytes } from "./progress.ts";

/** Milliseconds: 300 MB over a slow line. */
const LOAD_MS = 60 * 60 * 1000;

/** @throws HubError `image-missing` for an image that units name and nobody can bring */
export function planImages(target: Target, { state }: Situation): PlannedStep[] {
  const wanted = [...new Set(Object.values(readUnits(target.units).images))];
  return wanted
    .filter((reference) => state.images[reference] === undefined)
    .map((reference) => {
      const ours = target.programImages.find((image) => image.reference === reference);
      if (ours !== undefined) {
        refuseOtherProcessor(ours, state.architecture);
        return loadStep(target, ours);
      }
      if (!reference.startsWith("localhost/")) return pullStep(target, reference);
      throw new HubError(
        "image-missing",
        `The image ${reference} is not on the host any more, and this program makes another. Apply this program, or use the version of the program that made it.`,
      );
    });
}

function loadStep(target: Target, image: ProgramImage): PlannedStep {
  return {
    kind: "images",
    title: `load ${withoutHost(image.reference)}`,
    diff: [`+ ${image.reference}`],
    disturbs: undefined,
    run: async (run) => {
      const account = await needHostAccount(run.host, target.deployment.account);
      const meter = new Meter(run.note);
      const loaded = engineFor(target.deployment).command(run, account, ["load", "--quiet"], {
        input: meter,
        timeout: LOAD_MS,
      });
      // Whichever side fails first ends the other: nobody waits for bytes that nobody takes or gives.
      const written = image.write(meter).catch((error: unknown) => {
        meter.destroy(error instanceof Error ? error : new Error(messageOf(error)));
        throw error;
      });
      loaded.catch((error: unknown) => meter.destroy(error instanceof Error ? error : undefined));
      await Promise.all([loaded, written]);
      run.note(`${megabytes(meter.bytes)} loaded`);
    },
  };
}

function pullStep(target: Target, reference: string): PlannedStep {
  return {
    kind: "images",
    title: `fetch ${reference} from its registry`,
    diff: [`+ ${reference}`],
    disturbs: undefined,
    run: async (run) => {
      const failure = await pull(run, target.deployment, reference);
      if (failure !== undefined)
        throw new HubError(
          "image-pull-failed",
          `The image ${reference} could not be fetched: ${failure} Check that ${run.host.name} reaches its registry, or load the image there by hand.`,
        );
    },
  };
}

/** @returns what the engine said when it failed */
export async function pull(
  run: StepRun,
  deployment: Target["deployment"],
  reference: string,
): Promise<string | undefined> {
  const account = await needHostAccount(run.host, deployment.account);
  const { code, stderr, stdout } = await engineFor(deployment).attempt(run, account, ["pull", "--", reference], {
    timeout: LOAD_MS,
    onLine: (line) => {
      if (/^(Copying|Writing|Storing|Trying|[0-9a-f]{12}: Pull complete)/.test(line.trim())) run.note(line.trim());
    },
  });
  if (code === 0) return undefined;
  const last = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  return `${last
    .replace(/^Error(?: response from daemon)?: /, "")
    .slice(0, 300)
    .replace(/[.\s]+$/, "")}.`;
}

function refuseOtherProcessor(image: ProgramImage, architecture: string): void {
  if (image.architecture === architecture) return;
  throw new HubError(
    "host-unsuitable",
    `The host's processor is ${architecture}, and this program is made for ${image.architecture}. Run “hublet apply” from a machine with ${architecture}, for example on the host itself.`,
  );
}

function withoutHost(reference: string): string {
  return reference.replace(/^localhost\//, "");
}
