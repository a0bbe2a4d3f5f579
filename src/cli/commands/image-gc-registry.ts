/** `hublet image gc-registry`: frees the space of images that were deleted from the own registry. */
import { join } from "node:path";
import { z } from "zod";
import { folderBytes, registryPlaces } from "../../images/index.ts";
import { type CommandResult, command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { isDeployedHere } from "../deployed/find.ts";
import { readableBytes } from "../image/sizes.ts";

const cleanedSchema = z.object({ freedBytes: z.number(), note: z.string().nullable() });
const INDEXES =
  "It holds images for several processors, whose parts have no tags: so only what was deleted is gone, and what lost its tag to a newer image stays.";

export const imageGcRegistry = command({
  path: ["image", "gc-registry"],
  summary: "Free the space of images that were deleted from the own registry, or lost their tag; it is away meanwhile",
  positionals: [],
  options: {},
  examples: ["hublet image rm --registry localhost:5000/lab/old:1 && hublet image gc-registry"],
  run: async (context) => {
    if (isDeployedHere(context.instance(), context)) return deployed(context);
    const { freedBytes, note } = await context.hub().work("/hublet/registry/gc", cleanedSchema);
    return result(freedBytes, note);
  },
});

async function deployed(context: CliContext): Promise<CommandResult> {
  const { account, state } = context.instance();
  const [{ cleanDeployedRegistry }, { withHost }] = await Promise.all([
    import("../../deploy/index.ts"),
    import("../deployed/with-host.ts"),
  ]);
  const data = join(registryPlaces(state).folder, "data");
  const before = await folderBytes(data);
  const { indexes } = await withHost(context, undefined, (host) =>
    cleanDeployedRegistry(host, account, new AbortController().signal),
  );
  return result(Math.max(0, before - (await folderBytes(data))), indexes ? INDEXES : null);
}

function result(freedBytes: number, note: string | null): CommandResult {
  const lines = [`Freed ${readableBytes(freedBytes)}.`, ...(note === null ? [] : [note])];
  return { json: { freedBytes, note }, text: lines.join("\n") };
}
