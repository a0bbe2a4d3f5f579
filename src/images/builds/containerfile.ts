/** Lists of packages as a Containerfile. Nothing that a person wrote can end a line or be a word of its own there. */
import type { EnvironmentSpec } from "../../contract/index.ts";
import { HubError } from "../../kernel/index.ts";
import { formatReference, parseReference } from "../reference.ts";

export interface BaseImage {
  /** As the engine knows it. */
  readonly reference: string;
  /** `USER` of the image: the result is run as the same; undefined when the engine does not say. */
  readonly user: string | undefined;
  /** Made here of the distribution's packages: it has no conda, and some packages are stood in for. */
  readonly fromDistribution: boolean;
}

export interface ContainerfileOptions {
  readonly base: BaseImage;
  /** Folder of the tar with an `apt.conf` and all it names, shown to apt alone; undefined leaves apt to the image. */
  readonly aptFolder: string | undefined;
}

interface Kind {
  readonly what: string;
  readonly pattern: RegExp;
  readonly example: string;
}

const VERSION = "[A-Za-z0-9.*+!_-]+";
const KINDS = {
  apt: {
    what: "a Debian package",
    pattern: /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?(?:=[A-Za-z0-9.+:~-]+)?$/,
    example: "ffmpeg, or ffmpeg=7:5.1",
  },
  pip: {
    what: "a Python package",
    pattern: new RegExp(
      `^[A-Za-z0-9][A-Za-z0-9._-]*(?:\\[[A-Za-z0-9._,-]+\\])?(?:(?:===?|[<>!~]=|[<>])${VERSION}(?:,(?:==|[<>!~]=|[<>])${VERSION})*)?$` +
        "|^(?:git\\+)?https://[A-Za-z0-9._~:/?#@!&=%+-]+$",
    ),
    example: "numpy, numpy>=2,<3 or git+https://…",
  },
  conda: {
    what: "a conda package",
    pattern: /^(?:[A-Za-z0-9._-]+::)?[A-Za-z0-9_][A-Za-z0-9._-]*(?:[=<>!~]{1,2}[A-Za-z0-9.*|,_=<>!+-]+)?$/,
    example: "gdal, gdal=3.9 or conda-forge::gdal",
  },
  r: { what: "a package of CRAN", pattern: /^[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]$/, example: "ggplot2" },
} as const satisfies Record<string, Kind>;

/** @throws HubError `bad-request` with the first word that cannot be a package, or when there is none at all */
export function checkEnvironment(environment: EnvironmentSpec, fromDistribution: boolean): void {
  for (const [kind, { what, pattern, example }] of Object.entries(KINDS) as [keyof typeof KINDS, Kind][]) {
    // Heredocs of newer builders are looked for everywhere in a line.
    const wrong = environment[kind].find((name) => !pattern.test(name) || name.length > 300 || name.includes("<<"));
    if (wrong !== undefined)
      throw new HubError(
        "bad-request",
        `“${wrong.slice(0, 120)}” is not ${what} as one is written here. Write it like ${example}.`,
      );
  }
  if (fromDistribution && environment.conda.length > 0)
    throw new HubError(
      "bad-request",
      "The image made of this host's packages has no conda. Name a base that has it, for example --base quay.io/jupyter/scipy-notebook, or take Debian's packages with --apt.",
    );
  const { apt, pip, conda, r } = environment;
  // With a base alone, that image is given a name of the lab's own.
  if (environment.base === undefined && apt.length + pip.length + conda.length + r.length === 0)
    throw new HubError("bad-request", "Nothing is to be installed. Name packages with --apt, --pip, --conda or --r.");
}

/** The Containerfile of an environment that was checked. Entry point, command and user stay the base's. */
export function environmentContainerfile(environment: EnvironmentSpec, options: ContainerfileOptions): string {
  const { base, aptFolder } = options;
  const { apt, pip, conda, r } = environment;
  // The distribution's image has a stand-in for perl, which scripts of packages may really need.
  const packages = base.fromDistribution && apt.length > 0 ? [...apt, "perl"] : apt;
  const steps = [
    apt.length === 0 ? undefined : aptStep(packages, aptFolder, base.fromDistribution),
    conda.length === 0 ? undefined : condaStep(conda),
    pip.length === 0 ? undefined : pipStep(pip),
    r.length === 0 ? undefined : rStep(r),
    conda.length + pip.length + r.length === 0 ? undefined : FIX_PERMISSIONS,
  ].filter((step) => step !== undefined);
  return [
    `FROM ${plainReference(base.reference)}`,
    "USER 0",
    ...steps,
    // Jupyter's images say it by a variable, which is there also when the engine did not say the user.
    `USER ${base.user === undefined || base.user === "" ? variable("NB_UID", "0") : plainUser(base.user)}`,
    "",
  ].join("\n");
}

/** dpkg warns once for each package without a list of its files, which that image leaves out: hundreds of lines in a log. */
const EMPTY_LISTS =
  `for name in $(dpkg-query --show --showformat '\${binary:Package} '); do ` +
  'list="/var/lib/dpkg/info/$name.list"; [ -e "$list" ] || : > "$list"; done;';

function aptStep(packages: readonly string[], folder: string | undefined, fromDistribution: boolean): string {
  const mount = folder === undefined ? "" : `--mount=type=bind,source=${folder},target=/run/${folder} `;
  const config = folder === undefined ? "" : `export APT_CONFIG=/run/${folder}/apt.conf; `;
  return joined([
    `RUN ${mount}set -e; export DEBIAN_FRONTEND=noninteractive; ${config}apt-get update;`,
    ...(fromDistribution ? [EMPTY_LISTS] : []),
    `apt-get install --yes --no-install-recommends ${packages.map(quoted).join(" ")};`,
    "rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb",
  ]);
}

function condaStep(packages: readonly string[]): string {
  return joined([
    "RUN set -e; conda=$(command -v mamba || command -v conda || true);",
    'if [ -z "$conda" ]; then echo "This base image has no conda: name another base, or use --pip or --apt." >&2; exit 1; fi;',
    `"$conda" install --yes --channel conda-forge ${packages.map(quoted).join(" ")};`,
    '"$conda" clean --all --force-pkgs-dirs --yes',
  ]);
}

function pipStep(packages: readonly string[]): string {
  return joined([
    "RUN set -e; export HOME=/root;",
    'if ! python3 -m pip --version >/dev/null 2>&1; then echo "This base image has no pip: add python3-pip with --apt." >&2; exit 1; fi;',
    `python3 -m pip install --no-cache-dir ${packages.map(quoted).join(" ")}`,
  ]);
}

function rStep(packages: readonly string[]): string {
  const names = `c(${packages.map((name) => `"${name}"`).join(",")})`;
  return joined([
    "RUN set -e;",
    'if ! command -v Rscript >/dev/null; then echo "This base image has no R: add r-base-dev with --apt, or r-base with --conda." >&2; exit 1; fi;',
    `Rscript -e ${quoted(`install.packages(${names}, repos="https://cloud.r-project.org")`)};`,
    // install.packages only warns of what it could not install.
    `Rscript -e ${quoted(`missing <- setdiff(${names}, rownames(installed.packages())); if (length(missing) > 0) stop(toString(missing))`)}`,
  ]);
}

/** Jupyter's images let their user change what root installed; others know nothing of it. */
const FIX_PERMISSIONS =
  "RUN if command -v fix-permissions >/dev/null; then " +
  `fix-permissions "${variable("CONDA_DIR", "/opt/conda")}"; fix-permissions "/home/${variable("NB_USER", "jovyan")}"; fi`;

/** Of the image, with what holds when it has none of that name. */
function variable(name: string, otherwise: string): string {
  return `\${${name}:-${otherwise}}`;
}

function joined(lines: readonly string[]): string {
  return lines.join(" \\\n    ");
}

function quoted(word: string): string {
  if (/['\n\r\\]/.test(word)) throw new Error(`cannot be quoted: ${word}`);
  return `'${word}'`;
}

function plainReference(reference: string): string {
  return formatReference(parseReference(reference));
}

function plainUser(user: string): string {
  if (/^[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?$/.test(user)) return user;
  throw new HubError("bad-request", "The base image's user has a name that cannot be kept. Name another base image.");
}
