/** SELinux: the account's home, its containers' storage and the state folder get the labels that containers may use. */
import { join } from "node:path";
import type { HostState } from "../../host/state.ts";
import type { Deployment } from "../../model/deployment.ts";
import type { PlannedStep, StepRun } from "../../plan/types.ts";

const FOLDER = "/etc/selinux/targeted/contexts/files";
/** Where semanage(8) keeps what was added on this host. */
export const SELINUX_RULES = join(FOLDER, "file_contexts.local");
export const SELINUX_EQUALS = join(FOLDER, "file_contexts.subs");
const SYSTEM_STORAGE = "/var/lib/containers/storage";

interface Rule {
  /** How semanage is given it, after \`fcontext -a\` or \`-d\`. */
  readonly words: readonly string[];
  readonly known: boolean;
  /** What is relabelled. */
  readonly path: string;
  /** The type the path then has. */
  readonly type: string;
}

export function selinuxPaths({ home, state }: Deployment): readonly string[] {
  return [home, storageOf(home), state];
}

export function selinuxSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  if (state.selinux === "disabled") return [];
  const rules = rulesFor(deployment, state);
  const adding = rules.filter(({ known }) => !known);
  const wrong = rules.filter(({ path, type }) => state.files[path] !== undefined && state.selinuxTypes[path] !== type);
  const paths = [...new Set([...adding, ...wrong].map(({ path }) => path))];
  if (paths.length === 0) return [];
  return [
    {
      kind: "folders",
      title: `tell SELinux which files of ${deployment.home} are containers'`,
      diff: [
        ...adding.map(({ words }) => `+ semanage fcontext -a ${words.join(" ")}`),
        ...wrong.map(({ path, type }) => `~ ${path}: ${state.selinuxTypes[path] ?? "no label"} → ${type}`),
      ],
      disturbs: undefined,
      run: async (run) => {
        for (const { words } of adding) await add(run, words);
        const there = paths.map((path) => `${path}`);
        // -i: what is not there yet gets its label when it is made.
        await run.host.mustRun(["restorecon", "-R", "-i", "--", ...there], {
          signal: run.signal,
          timeout: 30 * 60_000,
        });
      },
    },
  ];
}

/** Forgets the rules; files keep their labels, which mean nothing without containers. */
export function forgetSelinuxSteps(deployment: Deployment, state: HostState): readonly PlannedStep[] {
  if (state.selinux === "disabled") return [];
  const known = rulesFor(deployment, state).filter((rule) => rule.known);
  if (known.length === 0) return [];
  return [
    {
      kind: "folders",
      title: `take back what SELinux was told about ${deployment.home}`,
      diff: known.map(({ words }) => `- semanage fcontext ${words.join(" ")}`),
      disturbs: undefined,
      run: async ({ host, signal }) => {
        for (const { words } of known)
          await host.mustRun(["semanage", "fcontext", "-d", ...words], { signal, timeout: 180_000 });
      },
    },
  ];
}

function rulesFor({ home, state: folder }: Deployment, state: HostState): readonly Rule[] {
  const local = (state.contents[SELINUX_RULES] ?? "").split("\n").map((line) => line.split(/\s+/));
  const equals = (state.contents[SELINUX_EQUALS] ?? "").split("\n").map((line) => line.split(/\s+/));
  const typed = (pattern: string, type: string, path: string): Rule => ({
    words: ["-t", type, pattern],
    known: local.some(([known, ...rest]) => known === pattern && rest.some((word) => word.split(":")[2] === type)),
    path,
    type,
  });
  const storage = storageOf(home);
  return [
    typed(escaped(home), "user_home_dir_t", home),
    {
      words: ["-e", SYSTEM_STORAGE, storage],
      known: equals.some(([known, like]) => known === storage && like === SYSTEM_STORAGE),
      path: storage,
      type: "container_var_lib_t",
    },
    typed(`${escaped(folder)}(/.*)?`, "container_file_t", folder),
  ];
}

/** One that was added meanwhile is no mistake: older versions of semanage want \`-m\` then. */
async function add({ host, signal }: StepRun, words: readonly string[]): Promise<void> {
  const options = { signal, timeout: 180_000 };
  const added = await host.run(["semanage", "fcontext", "-a", ...words], options);
  if (added.code !== 0) await host.mustRun(["semanage", "fcontext", "-m", ...words], options);
}

function storageOf(home: string): string {
  return join(home, ".local/share/containers/storage");
}

/** Rules are regular expressions. */
function escaped(path: string): string {
  return path.replace(/[.+*?^$()[\]{}|\\]/g, "\\$&");
}
