/** Which file of a folder says how its image is built. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "../../kernel/index.ts";

/** As builders look for it by themselves: Podman's name first, then Docker's. */
const NAMES = ["Containerfile", "Dockerfile"] as const;

/**
 * @param folder absolute
 * @param given path in the folder, when one was named
 * @param shown the folder as the person knows it
 * @returns path in the folder
 * @throws HubError `usage` when the folder or the file is not there: said before a large folder travels
 */
export async function instructionsIn(folder: string, given: string | undefined, shown = folder): Promise<string> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new HubError("usage", `${shown} is no folder. Name the folder with the Containerfile.`);
  for (const name of given === undefined ? NAMES : [given])
    if ((await stat(join(folder, name)).catch(() => undefined))?.isFile()) return name;
  throw new HubError(
    "usage",
    given === undefined
      ? `${shown} has neither a Containerfile nor a Dockerfile. Name another folder or the file (--file), or list packages (--apt, --pip, --conda, --r).`
      : `${shown} has no file ${given}. Say with --file where in the folder it is.`,
  );
}
