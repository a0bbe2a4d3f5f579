/** Names that the objects know each other by. */
export const NAME = "hublet";
export const CONFIG = "hublet-config";
export const CONFIG_SECRETS = "hublet-config-secrets";
export const KEYS = "hublet-keys";
export const STATE = "hublet-state";
/** Ending of the ConfigMap with a container's own files. */
export const SETTINGS = "settings";

export const LABELS = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": NAME } as const;

export function objectName(container: string, what: string): string {
  return `${container}-${what}`;
}

/** Keys of ConfigMaps and Secrets have no slash; the volume gives the file its path back. */
export function keyOf(path: string): string {
  return path.replaceAll("/", "__").replace(/[^-._a-zA-Z0-9]/g, "_");
}
