export type { Environment } from "./build/github.ts";
export { CONFIG_VARIABLES } from "./build/github.ts";
export type { TlsUse } from "./build/tls-use.ts";
export { describeTls } from "./build/tls-use.ts";
export { dummyExposure, isLoopback, issuerOf } from "./check/sign-in.ts";
export type { Problem } from "./diagnostics.ts";
export { formatProblem } from "./diagnostics.ts";
export type { FirstConfigOptions } from "./first.ts";
export { firstConfig, writeFirstConfig, writeNewConfig } from "./first.ts";
export { diffConfigs } from "./live/changes.ts";
export { openLiveConfig } from "./live/live.ts";
export { addSteps } from "./live/steps.ts";
export type { ConfigLog, LiveOptions } from "./live/watched.ts";
export type { LoadOptions, TextOptions } from "./load.ts";
export { loadSnapshot, snapshotFromText } from "./load.ts";
export { parseConfig } from "./parse.ts";
export type { PlainConfig } from "./plain.ts";
export { readPlainConfig } from "./plain.ts";
export { configJsonSchema } from "./schema.ts";
export type { SecretState } from "./secret-files.ts";
export { listSecrets, removeSecret, secretFiles, secretPath, writeSecret } from "./secret-files.ts";
export { maskedConfig } from "./shown/masked.ts";
export { configYaml } from "./shown/yaml.ts";
export type { ConfigSnapshot, ConfigSwap, DeclaredPerson, LiveConfig, Place } from "./snapshot.ts";
export { orderWarning } from "./sources/certificate.ts";
export type { PemBlock } from "./sources/certificate-facts.ts";
export {
  certificatesIn,
  dateText,
  expiryOf,
  hostOf,
  isFor,
  isIssuedBy,
  isSelfSigned,
  lacksIssuer,
  namesOf,
  pemBlocks,
  shortName,
} from "./sources/certificate-facts.ts";
export type { HostAccount } from "./sources/host-accounts.ts";
export { hostAccountFinder, hostAccountOf, nameOfHostAccount } from "./sources/host-accounts.ts";
export type { VaultIdentity } from "./vault/age.ts";
export { newIdentity, recipientOf } from "./vault/age.ts";
export { addRecipient, createVault, removeRecipient, rotateVault, setValues } from "./vault/change.ts";
export type { Vault } from "./vault/file.ts";
export { VAULT_FILE } from "./vault/file.ts";
export type { Identities, IdentityPlaces } from "./vault/identities.ts";
export {
  findIdentities,
  HUB_IDENTITY,
  identitiesOfText,
  identityFile,
  personIdentity,
  writeIdentity,
} from "./vault/identities.ts";
export type { OpenVault } from "./vault/open.ts";
export { openVault, readVault, vaultPath, vaultRecipients } from "./vault/open.ts";
