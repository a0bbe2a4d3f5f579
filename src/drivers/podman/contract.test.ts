import { makeBusyboxRoot, startPodman, startRegistry } from "../../../test/support/engines.ts";
import { engineSuite } from "../contract-suites.ts";
import { createPodmanDriver } from "./index.ts";

engineSuite("podman", createPodmanDriver, { startEngine: startPodman, startRegistry, makeRoot: makeBusyboxRoot });
