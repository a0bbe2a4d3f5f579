/** Turns what the image builder prints into progress: every number here is counted, none is guessed from the time. */

export type BuildPhase = "checking" | "waiting" | "downloading" | "unpacking" | "configuring" | "slimming" | "packing";

export interface BuildProgress {
  readonly phase: BuildPhase;
  /** 0–1 over the phase, or undefined when it cannot be counted. */
  readonly fraction?: number;
  /** Bytes of packages, while downloading. */
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  readonly message: string;
}

/** Reads one line at a time; gives a progress when the line changes something. */
export interface ProgressReader {
  read(line: string): BuildProgress | undefined;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** A reader for `mmdebstrap --verbose`: apt's `Need to get`, `Get:`, `Unpacking`, `Setting up`, and our hooks' lines. */
export function createProgressReader(): ProgressReader {
  // The base system and the packages are two runs of apt: counts begin anew with each.
  let total = 0;
  let done = 0;
  let packages = 0;
  let unpacked = 0;
  let configured = 0;
  let base = true;

  return {
    read(line) {
      const newly = /(\d+) newly installed/.exec(line);
      if (newly !== null) {
        base = packages === 0;
        packages = Number(newly[1]);
        unpacked = configured = done = total = 0;
        return undefined;
      }
      const need = /^Need to get (?:[\d.,]+ [kMG]?B\/)?([\d.,]+) ([kMG]?B) of archives/.exec(line);
      if (need !== null) {
        total = sizeOf(need[1], need[2]);
        return downloading();
      }
      const get = /^Get:\d+ .*\[([\d.,]+) ([kMG]?B)\]$/.exec(line);
      if (get !== null) {
        // Package lists are fetched before anything is counted.
        if (total === 0) return { phase: "checking", message: "Reading the mirror's package lists" };
        done = Math.min(total, done + sizeOf(get[1], get[2]));
        return downloading();
      }
      if (/^Unpacking /.test(line)) {
        unpacked += 1;
        return counted("unpacking", "Unpacking", unpacked);
      }
      if (/^Setting up /.test(line)) {
        configured += 1;
        return counted("configuring", "Setting up", configured);
      }
      if (/^I: extracting archives/.test(line)) return { phase: "unpacking", message: "Extracting the base system" };
      if (line === "hublet: settings") return { phase: "configuring", message: "Writing Jupyter's settings" };
      if (line === "hublet: slimming")
        return { phase: "slimming", message: "Deleting what a running server never reads" };
      if (/^I: creating tarball/.test(line)) return { phase: "packing", message: "Packing the image" };
      return undefined;
    },
  };

  function counted(phase: "unpacking" | "configuring", verb: string, count: number): BuildProgress {
    const message = `${verb} ${base ? "the base system" : "JupyterLab"}: ${count} of ${packages} packages`;
    if (count > packages) return { phase, message: `${verb} packages` };
    return { phase, fraction: count / packages, message };
  }

  function downloading(): BuildProgress {
    return {
      phase: "downloading",
      fraction: total === 0 ? 1 : done / total,
      bytesDone: done,
      bytesTotal: total,
      message: `Downloading ${base ? "the base system" : "JupyterLab"}: ${megabytes(done)} of ${megabytes(total)} MB`,
    };
  }
}

function sizeOf(number: string | undefined, unit: string | undefined): number {
  return Math.round(Number((number ?? "0").replaceAll(",", "")) * (UNITS[unit ?? "B"] ?? 1));
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}
