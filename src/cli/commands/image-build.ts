/** `hublet image build` and `release`: from a folder, a git repository, or lists of packages. */
import { buildSchema } from "../../contract/index.ts";
import { type Command, type CommandResult, command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { followBuild, outcomeOf } from "../image/following.ts";
import { BUILD_OPTIONS, type BuildWords, carriedWords, encodeSpec, wantedBuild } from "../image/wanted.ts";

const SOURCE = {
  name: "source",
  description: "Folder with a Containerfile (default: this one), or https://HOST/REPOSITORY.git#BRANCH:FOLDER.",
  optional: true,
};

export const imageBuild = buildCommand("build", {
  summary: "Build an image from a folder, a git repository or a list of packages",
  examples: [
    "hublet image build . --name lab/uspy --target uspy",
    "hublet image build https://git.example.org/lab/images.git#v2:singleuser --name lab/uspy",
    "hublet image build --name lab/geo --base quay.io/jupyter/scipy-notebook --conda gdal --pip folium",
    "hublet image build --name lab/notebook --from-distribution --apt ffmpeg",
  ],
});

export const imageRelease = buildCommand("release", {
  summary: "Build an image, start it once, and only then push it and move the names people use",
  examples: [
    'hublet image release . --name lab/uspy --probe "python3 -m uspy --version"',
    "hublet image release --name lab/geo --environment environment.yml",
  ],
});

function buildCommand(
  verb: "build" | "release",
  { summary, examples }: Pick<Command, "summary" | "examples">,
): Command {
  return command({
    path: ["image", verb],
    summary,
    positionals: [SOURCE],
    options: BUILD_OPTIONS,
    inside: true,
    examples,
    async carry(context, words, options) {
      const { spec, context: input, close } = await wantedBuild(context, words, options, verb === "release");
      return { argv: carriedWords(verb, spec, options, context.json), input, close };
    },
    run: (context, words, options) => run(context, words, { options, release: verb === "release" }),
  });
}

async function run(
  context: CliContext,
  words: readonly string[],
  { options, release }: { readonly options: BuildWords; readonly release: boolean },
): Promise<CommandResult> {
  const wanted = await wantedBuild(context, words, options, release);
  try {
    const { spec } = wanted;
    const hub = context.hub();
    const begun =
      wanted.context === undefined
        ? await hub.request("POST", "/hublet/builds", buildSchema, spec)
        : await hub.upload(
            "/hublet/builds",
            { type: "application/x-tar", headers: { "x-hublet-build": encodeSpec(spec) }, stream: wanted.context },
            buildSchema,
          );
    if (options.detach)
      return { json: begun, text: `Build ${begun.id} has begun. See it with: hublet image log ${begun.id}` };
    return outcomeOf(await followBuild(context, begun.id, { cancels: true }));
  } finally {
    await wanted.close();
  }
}
