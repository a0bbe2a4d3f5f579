import { startPodman } from "../../../test/support/engines.ts";
import { engineSuite } from "../contract-suites.ts";
import { createPodmanDriver } from "./index.ts";

engineSuite("podman", createPodmanDriver, startPodman);
