export type {
  BackupProgress,
  HomePart,
  HomeRestore,
  Keep,
  Repository,
  RestoredConfiguration,
  Snapshot,
} from "./backup/index.ts";
export {
  check,
  createBackup,
  ensureRepository,
  homeOf,
  keptSnapshots,
  listEntries,
  lockRepository,
  openBackupStore,
  openRepository,
  prune,
  restoreArchives,
  restoreConfiguration,
  restoreDatabase,
  restoreFile,
  restoreHome,
  restoreHomes,
  restoreKeys,
} from "./backup/index.ts";
export type { ExamineOptions } from "./doctor/examine.ts";
export { examine } from "./doctor/examine.ts";
export { fixFindings } from "./doctor/fixing.ts";
export { openOwnHost } from "./doctor/own-host.ts";
export { countFindings, fixLines, showOutcomes, toReport, toResults } from "./doctor/report.ts";
export { writeReport } from "./doctor/report-file.ts";
export type { CheckOutcome, Target as DoctorTarget } from "./doctor/types.ts";
export { engineOn } from "./engines/engine-of.ts";
export type { DeploymentEngine, EngineCommand } from "./engines/port.ts";
export { readHost } from "./facts.ts";
export { findHostAccount, podmanOf } from "./host/find-account.ts";
export type { OpenHostOptions } from "./host/open.ts";
export { openHost } from "./host/open.ts";
export type { Host, HostUser } from "./host/port.ts";
export { shellQuote } from "./host/quote.ts";
export { programImages } from "./image/program-images.ts";
export type { ProgramImages } from "./image/types.ts";
export type { Deployment } from "./model/deployment.ts";
export { describeFile } from "./model/describe-file.ts";
export { installPackages, missingPackages } from "./packages.ts";
export type { Applied } from "./plan/apply-plan.ts";
export { applyPlan } from "./plan/apply-plan.ts";
export { withGeneration, withPresent } from "./plan/earlier.ts";
export { firstAdminLink } from "./plan/first-admin.ts";
export { listGenerations } from "./plan/generations.ts";
export type { PlanOptions } from "./plan/plan-deployment.ts";
export { planDeployment } from "./plan/plan-deployment.ts";
export type { PresentHub } from "./plan/present-hub.ts";
export { presentHub, withoutHub } from "./plan/present-hub.ts";
export { disturbances, NOTHING_TO_DO, planJson, showPlan } from "./plan/show.ts";
export { readSource, targetOf } from "./plan/source.ts";
export type { DeploymentStatus } from "./plan/status.ts";
export { deploymentStatus } from "./plan/status.ts";
export type { Plan } from "./plan/types.ts";
export { planUninstall } from "./plan/uninstall.ts";
export { composeFiles } from "./render/compose.ts";
export { kubernetesFile } from "./render/kubernetes.ts";
export { isNginxPath, nginxSite } from "./render/nginx.ts";
export { quadletFiles } from "./render/quadlet.ts";
export { cleanDeployedRegistry } from "./steps/clean-registry.ts";
export { nameInVault } from "./steps/secrets.ts";
export { linesOf, withKeys } from "./tls/add-keys.ts";
export type { AskPassword } from "./tls/entry.ts";
export { checkedHost } from "./tls/hosts.ts";
export { importCertificate } from "./tls/import.ts";
export { lookAtTls } from "./tls/look.ts";
export type { SecretStore, TlsPlace } from "./tls/place.ts";
export { placeOf, tlsKeys, writePair } from "./tls/place.ts";
export { replaceFiles } from "./tls/replace-files.ts";
export { authorityPlace, hostsOf, isFromAuthority, selfSign } from "./tls/selfsigned.ts";
export { servedFingerprint } from "./tls/served.ts";
export { trustLines } from "./tls/trust.ts";
export type { Account } from "./up/account.ts";
export { findAccount } from "./up/account.ts";
export { runAs, writeAs } from "./up/as-account.ts";
export { reexecAs } from "./up/become.ts";
export type { EngineChoice, EngineKind } from "./up/engine.ts";
export { ensureHostAccount } from "./up/host-account.ts";
export { enforcedLimits } from "./up/limits.ts";
export type { PodmanService } from "./up/podman-service.ts";
export { startPodmanService } from "./up/podman-service.ts";
export type { PreparedHost, PrepareOptions } from "./up/prepare.ts";
export { prepareHost } from "./up/prepare.ts";
export { trustPlaces, writeRegistryTrust } from "./up/registry-trust.ts";
