import { addressChecks } from "./address.ts";
import { belongingChecks } from "./belongings.ts";
import { cgroupChecks } from "./cgroups.ts";
import { clockChecks } from "./clock.ts";
import { deploymentChecks } from "./deployment.ts";
import { dockerChecks } from "./docker.ts";
import { engineChecks } from "./engine.ts";
import { idChecks } from "./ids.ts";
import { imageChecks } from "./images.ts";
import { managerChecks } from "./manager.ts";
import { networkChecks } from "./network.ts";
import { permissionChecks } from "./permissions.ts";
import { portChecks } from "./ports.ts";
import { registryChecks } from "./registries.ts";
import { resourceChecks } from "./resources.ts";
import { selinuxChecks } from "./selinux.ts";
import { storageChecks } from "./storage.ts";
import { tlsChecks } from "./tls.ts";
import { trialChecks } from "./trials.ts";
import type { Check } from "./types.ts";

/** Every check, in the order of a report without findings. */
export const CHECKS: readonly Check[] = [
  ...cgroupChecks,
  ...resourceChecks,
  ...clockChecks,
  ...selinuxChecks,
  ...managerChecks,
  ...idChecks,
  ...engineChecks,
  ...dockerChecks,
  ...storageChecks,
  ...networkChecks,
  ...portChecks,
  ...addressChecks,
  ...tlsChecks,
  ...permissionChecks,
  ...deploymentChecks,
  ...belongingChecks,
  ...imageChecks,
  ...registryChecks,
  ...trialChecks,
];
