import { loadSnapshot } from "../../config/index.ts";
import { readConfigFiles } from "./config-files.ts";
import type { Deployment } from "./deployment.ts";
import { type DescribeOptions, describeDeployment } from "./describe.ts";

/**
 * What a configuration file describes, for those who put it on a host themselves.
 * @param options.file the main file, absolute
 * @throws HubError `bad-config`, `state-unusable`
 */
export async function describeFile(
  options: Pick<DescribeOptions, "images" | "version"> & {
    readonly file: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Deployment> {
  const { file, environment, images, version } = options;
  const snapshot = await loadSnapshot({ file, environment });
  const files = await readConfigFiles(snapshot, file);
  return describeDeployment({ snapshot, images, version, files, inPlace: false });
}
