import { mayStartDocker, startDocker } from "../../../test/support/engines.ts";
import { engineSuite } from "../contract-suites.ts";
import { createDockerDriver } from "./index.ts";

// A Docker daemon of one's own takes root; the tests of other people have Podman.
if (mayStartDocker()) engineSuite("docker", createDockerDriver, startDocker);
