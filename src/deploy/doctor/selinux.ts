/** SELinux: what it refused, and labels that make it refuse. */
import { error, listed, NEEDS_ROOT, skipped, step, warning } from "./finding.ts";
import { graphRoot } from "./storage.ts";
import type { Check, CheckContext, FixStep } from "./types.ts";

const STORAGE_TYPES = ["container_var_lib_t", "container_file_t", "container_ro_file_t", "data_home_t", "user_home_t"];

export const selinuxChecks: readonly Check[] = [
  {
    id: "selinux-denials",
    group: "kernel",
    title: "SELinux refused nothing of ours in the last hour",
    deep: false,
    async run(context) {
      if (context.state.selinux === "disabled") return skipped("SELinux is off.");
      if (!context.privileged) return NEEDS_ROOT;
      const refused = context.facts.lines("denials").filter((line) => /container_|hublet|podman|pasta|node/.test(line));
      if (refused.length === 0) return [];
      const words = [...new Set(refused.map(denialText))];
      const enforcing = context.state.selinux === "enforcing";
      return [
        (enforcing ? error : warning)(
          `SELinux refused in the last hour: ${listed(words, 3)}.`,
          enforcing
            ? "What was refused did not happen, mostly with no more than “Permission denied” in a log."
            : "SELinux only warns now, and would refuse this when it is enforced.",
          {
            advice:
              "Wrong labels are the usual reason; see selinux-labels. A mounted folder can be labelled for containers: mounts with relabel in hublet.yaml, or chcon -R -t container_file_t FOLDER. See all: ausearch -m AVC -ts recent.",
          },
        ),
      ];
    },
  },
  {
    id: "selinux-labels",
    group: "kernel",
    title: "the labels of state and storage let containers use them",
    deep: false,
    async run(context) {
      if (context.state.selinux === "disabled") return skipped("SELinux is off.");
      const { target } = context;
      const storage = graphRoot(context);
      return context.facts.lines("labels").flatMap((line) => {
        const at = line.indexOf(" ");
        const [label, path] = [line.slice(0, at), line.slice(at + 1)];
        const type = label.split(":")[2] ?? label;
        if (path === target.state && type !== "container_file_t")
          return [
            error(
              `The state folder ${path} has the label ${type}, not container_file_t.`,
              "Hub and proxy in their containers may not read it.",
              {
                fix: relabelSteps(context, path, ["-t", "container_file_t", `${path}(/.*)?`]),
                safe: true,
              },
            ),
          ];
        if (path === storage && !STORAGE_TYPES.includes(type))
          return [
            error(
              `Podman's storage ${path} has the label ${type}.`,
              "Containers cannot run the programs of their images.",
              {
                fix: relabelSteps(context, path, ["-e", "/var/lib/containers/storage", path]),
                advice: "semanage comes with the package policycoreutils-python-utils.",
                safe: true,
              },
            ),
          ];
        return [];
      });
    },
  },
];

/** “hublet apply” has told SELinux already, and semanage refuses to be told twice. */
function relabelSteps({ deployed }: CheckContext, path: string, rule: readonly string[]): FixStep[] {
  return [...(deployed ? [] : [step("semanage", "fcontext", "-a", ...rule)]), step("restorecon", "-R", path)];
}

/** `node may not { read } hublet.db (container_t → var_lib_t)` of an AVC line. */
function denialText(line: string): string {
  const field = (name: string): string => new RegExp(`\\b${name}="?([^" ]+)`).exec(line)?.[1] ?? "?";
  const what = /\{ ([^}]*) \}/.exec(line)?.[1] ?? "?";
  const type = (context: string): string => context.split(":")[2] ?? context;
  return `${field("comm")} may not ${what} ${field("name")} (${type(field("scontext"))} on ${type(field("tcontext"))})`;
}
