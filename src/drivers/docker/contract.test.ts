import { makeBusyboxRoot, mayStartDocker, startDocker, startRegistry } from "../../../test/support/engines.ts";
import { engineSuite } from "../contract-suites.ts";
import { createDockerDriver } from "./index.ts";
import { networksSuite } from "./networks-suite.ts";

// A Docker daemon of one's own takes root; the tests of other people have Podman.
if (mayStartDocker()) {
  engineSuite("docker", createDockerDriver, { startEngine: startDocker, startRegistry, makeRoot: makeBusyboxRoot });
  networksSuite(startDocker);
}
