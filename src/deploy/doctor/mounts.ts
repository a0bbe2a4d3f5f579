/** `/proc/self/mountinfo` (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string;
  /** `ext4`, `xfs`, `nfs4`, … */
  readonly type: string;
  /** Of the mount and of its file system: `nosuid`, `prjquota`, … */
  readonly options: readonly string[];
  readonly source: string;
}

export function parseMounts(source: string): readonly Mount[] {
  return source.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const fields = left.split(" ");
    const [type = "", device = "", options = ""] = right.split(" ");
    const point = fields[4];
    if (point === undefined || type === "") return [];
    const all = [...(fields[5] ?? "").split(","), ...options.split(",")];
    return [{ point: unescaped(point), type, options: all, source: unescaped(device) }];
  });
}

/** The mount that holds a path: the longest mount point above it, and of equal ones the last, which lies on top. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const holds = mount.point === "/" || path === mount.point || path.startsWith(`${mount.point}/`);
    if (holds && mount.point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** Blanks and the like are written as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
