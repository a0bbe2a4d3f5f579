import { loadSnapshot } from "../../config/index.ts";
import { readConfigFiles } from "./config-files.ts";
import type { DeployedEngine, Deployment } from "./deployment.ts";
import { type DescribeOptions, deployedEngine, describeDeployment } from "./describe.ts";

/**
 * What a configuration file describes, for those who put it on a host themselves.
 * @param options.file the main file, absolute
 * @throws HubError `bad-config`, `state-unusable`
 */
export async function describeFile(
  options: Pick<DescribeOptions, "images" | "version"> & {
    readonly file: string;
    /** For this engine, whatever the configuration names. */
    readonly kind?: DeployedEngine["kind"] | undefined;
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<Deployment> {
  const { file, environment, images, version } = options;
  const snapshot = await loadSnapshot({ file, environment });
  const files = await readConfigFiles(snapshot, file);
  const { deploy } = snapshot.config;
  const config = { ...snapshot.config, deploy: { ...deploy, engine: options.kind ?? deploy.engine } };
  const engine = deployedEngine(config, environment);
  return describeDeployment({ snapshot, images, version, files, inPlace: false, engine });
}
