/** Image references by the grammar of the distribution project (`distribution/reference`), Docker's defaults included. */
import { HubError, namesRegistry } from "../kernel/index.ts";

export interface ImageReference {
  /** Registry host with its port, if any: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** Repository without the registry: `library/debian`, `jupyter/minimal-notebook`. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const PATH = `${PATH_PART}(?:/${PATH_PART})*`;
const TAG = "[\\w][\\w.-]{0,127}";
const DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const REFERENCE = new RegExp(`^(?:(${DOMAIN})/)?(${PATH})(?::(${TAG}))?(?:@(${DIGEST}))?$`);
const WHOLE_PATH = new RegExp(`^${PATH}$`);
const WHOLE_TAG = new RegExp(`^${TAG}$`);
const LONGEST_NAME = 255;

/**
 * Reads a reference as people write it: `debian`, `quay.io/jupyter/minimal-notebook:latest`, `host:5000/name@sha256:…`.
 * The tag is `latest` when neither tag nor digest is given.
 * @throws HubError `bad-config` when it is no image reference.
 */
export function parseReference(text: string): ImageReference {
  const match = REFERENCE.exec(namesRegistry(text) ? text : `docker.io/${text}`);
  const [, domain, path, tag, digest] = match ?? [];
  if (domain === undefined || path === undefined) throw invalid(text, "it is not of the form HOST/NAME:TAG");
  const wholePath = domain === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  if (`${domain}/${wholePath}`.length > LONGEST_NAME)
    throw invalid(text, `its name is over ${LONGEST_NAME} characters`);
  return {
    domain: domain === "index.docker.io" ? "docker.io" : domain,
    path: domain === "index.docker.io" && !path.includes("/") ? `library/${path}` : wholePath,
    tag: tag ?? (digest === undefined ? "latest" : undefined),
    digest,
  };
}

/** The full form of a reference: equal texts mean the same image. */
export function formatReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.domain}/${reference.path}${tag}${digest}`;
}

/** Whether a text is the path of a repository: `lab/uspy`. */
export function isRepository(text: string): boolean {
  return text.length <= LONGEST_NAME && WHOLE_PATH.test(text);
}

export function isTag(text: string): boolean {
  return WHOLE_TAG.test(text);
}

function invalid(text: string, reason: string): HubError {
  return new HubError(
    "bad-config",
    `“${text.slice(0, 120)}” is not an image: ${reason}. Write it like quay.io/jupyter/minimal-notebook:latest.`,
  );
}
