/** What the hub can see of its host by itself, without root: under the names that “hublet doctor” has for it. */
import { statfs } from "node:fs/promises";
import { certificatesIn, dateText, expiryOf } from "../../../config/index.ts";
import type { CheckResult, FindingView } from "../../../contract/index.ts";
import { messageOf } from "../../../kernel/index.ts";
import type { HubServices } from "../../services.ts";
import { toldImages } from "./told-images.ts";

const PATIENCE_MS = 3000;
const GIB = 1024 ** 3;

export async function liveChecks(services: HubServices): Promise<CheckResult[]> {
  return [
    ...(await engine(services)),
    limits(services),
    ...(await disk(services)),
    ...certificate(services),
    images(services),
  ];
}

async function engine({ host, config }: HubServices): Promise<CheckResult[]> {
  if (config().engine === "process") return [];
  const findings = await host.engineAnswers(AbortSignal.timeout(PATIENCE_MS)).then(
    () => [],
    (error: unknown) => [
      finding("error", `The container engine does not answer: ${messageOf(error)}`, {
        why: "No server can be started or seen while this lasts; servers that run go on.",
        advice: "See on the host: sudo hublet doctor podman-state podman-socket user-manager",
      }),
    ],
  );
  return [result("podman-state", "engine", "the container engine answers", findings)];
}

/** The notes say of each limit that cannot be held why; processes have none by choice. */
function limits({ config, enforced, notes }: HubServices): CheckResult {
  const { memory, cpu } = enforced();
  const title = "the limits of servers are enforced";
  const missing = [...(memory ? [] : ["memory"]), ...(cpu ? [] : ["CPU"])];
  if (missing.length === 0 || config().engine === "process")
    return result("limits-enforced", "kernel", title, [], notes().join(" ") || null);
  return result("limits-enforced", "kernel", title, [
    finding("warning", `The limits of ${missing.join(" and ")} are not enforced here.`, {
      why: "One person's server can take the whole host.",
      advice: [...notes(), "See on the host: sudo hublet doctor --deep"].join(" "),
    }),
  ]);
}

async function disk({ host }: HubServices): Promise<CheckResult[]> {
  const about = await statfs(host.state).catch(() => undefined);
  if (about === undefined) return [];
  const [free, total] = [about.bavail * about.bsize, about.blocks * about.bsize];
  const title = "room is left on the disk of the state folder";
  const text = `${sizeText(free)} of ${sizeText(total)} are free`;
  if (free > GIB && (free / total > 0.1 || free > 20 * GIB))
    return [result("state-disk", "storage", title, [], `${text}.`)];
  const severity = free < GIB || free / total < 0.03 ? "error" : "warning";
  return [
    result("state-disk", "storage", title, [
      finding(severity, `Only ${text} where the hub keeps its state.`, {
        why: "A full disk stops every server's saving, and the hub's database with it.",
        advice: "See what takes it: sudo hublet doctor disk-space",
      }),
    ]),
  ];
}

function certificate({ snapshot, clock }: HubServices): CheckResult[] {
  const { tls } = snapshot();
  const [leaf] = tls === undefined ? [] : certificatesIn(tls.certificate);
  if (leaf === undefined) return [];
  const { state, from, until } = expiryOf(leaf, clock.now());
  const title = "the certificate is valid now and for some weeks";
  const advice = "Take over another: hublet tls import FILES";
  const why = "Browsers refuse the page then.";
  const problems = {
    good: [],
    soon: [finding("warning", `The certificate expires on ${dateText(until)}.`, { why, advice })],
    over: [finding("error", `The certificate expired on ${dateText(until)}.`, { why, advice })],
    "not-yet": [
      finding("error", `The certificate is valid from ${dateText(from)} only.`, {
        why,
        advice: "Or the clock of this host is wrong.",
      }),
    ],
  };
  return [result("certificate-expiry", "address", title, problems[state], `valid until ${dateText(until)}.`)];
}

function images(services: HubServices): CheckResult {
  const findings = toldImages(services)
    .filter(({ state }) => state === "failed")
    .map(({ reference, message }) =>
      finding("error", `The image ${reference} is not there: ${message}`, {
        why: "Servers of this image do not start.",
        advice: "",
      }),
    );
  return result("server-images", "engine", "the images of servers are there", findings);
}

function finding(
  severity: FindingView["severity"],
  problem: string,
  { why, advice }: { readonly why: string; readonly advice: string },
): FindingView {
  return { problem, why, fix: [], advice, severity, safe: false };
}

function result(
  id: string,
  group: string,
  title: string,
  findings: readonly FindingView[],
  note: string | null = null,
): CheckResult {
  const error = findings.some(({ severity }) => severity === "error");
  const outcome = error ? "error" : findings.length > 0 ? "warning" : "ok";
  return { id, group, title, outcome, findings: [...findings], note: findings.length > 0 ? null : note };
}

function sizeText(bytes: number): string {
  return bytes < 10 * GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / GIB)} GiB`;
}
