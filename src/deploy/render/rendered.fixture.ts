import { snapshotFromText } from "../../config/index.ts";
import type { DeployedEngine, Deployment } from "../model/deployment.ts";
import { describeDeployment } from "../model/describe.ts";

const KEY = "-----BEGIN PRIVATE KEY-----";
/** Stands in `configFiles` alone: it must be in nothing that is rendered. */
export const PRIVATE = `${KEY} never shown`;

/** A description with all that can be in one: HTTPS with redirect, own database, backups, files in folders. */
export async function richDeployment(engine: DeployedEngine = { kind: "podman" }): Promise<Deployment> {
  const text =
    "deploy: {postgres: {image: 'docker.io/library/postgres:17'}}\nbackup: {to: '/srv/back ups', at: '03:30'}";
  const snapshot = await snapshotFromText(text);
  const file = (path: string, content: string, secret = false) => ({ path, content: Buffer.from(content), secret });
  const files = [
    file("conf.d/logo.bin", "\u0000"),
    file("hublet.yaml", text),
    file("keys/lab.key", PRIVATE, true),
    file("secrets/door", "hunter2", true),
  ];
  const binary = { path: "conf.d/photo.bin", content: Buffer.from([0xff, 0xfe]), secret: false };
  return describeDeployment({
    snapshot: {
      ...snapshot,
      config: {
        ...snapshot.config,
        listen: "0.0.0.0:443",
        tls: { certificate: "lab.crt", key: "keys/lab.key", profile: "modern", hsts: true, redirectFrom: 80 },
      },
    },
    images: { hub: "localhost/hublet-hub:1.0.0-0123456789ab", proxy: "localhost/hublet-proxy:0123456789ab" },
    version: "1.0.0",
    files: { folder: "/lab", main: "hublet.yaml", files: [...files, binary] },
    inPlace: false,
    engine,
  });
}
