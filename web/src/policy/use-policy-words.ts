import { useTranslation } from "react-i18next";
import type { Origin, PolicyLine, Value } from "../logic/policy.ts";
import { longTime, memorySize } from "../logic/words.ts";

export interface PolicyWords {
  /** "Memory", "Folder", or the variable's name. */
  title(line: PolicyLine): string;
  /** "4 GiB", "8 hours", "/srv/data at /data, read-only". */
  value(value: Value): string;
  /** "from group staff". */
  origin(origin: Origin): string;
}

/** A policy's values and origins in the words of the page. */
export function usePolicyWords(): PolicyWords {
  const { t, i18n } = useTranslation();
  const lang = i18n.language;
  return {
    title: ({ what, of }) => (of === null ? t(`policy.what.${what}`) : of),
    value: (value) => {
      switch (value.kind) {
        case "bytes":
          return memorySize(value.value, lang);
        case "cpus":
          return t("policy.cpus", { count: value.value });
        case "pids":
          return t("policy.pids", { count: value.value });
        case "servers":
          return t("policy.servers", { count: value.value });
        case "time":
          return value.value === null ? t("policy.never") : t("policy.after", { time: longTime(value.value, lang) });
        case "sharing":
          return value.value ? t("policy.yes") : t("policy.no");
        case "text":
          return value.value;
        case "mount":
          return t(value.readOnly ? "policy.mountReadOnly" : "policy.mount", value);
      }
    },
    origin: ({ kind, group, path }) => {
      if (kind === "group") return t("policy.from.group", { group: group ?? path });
      return kind === "other" ? t("policy.from.other", { path }) : t(`policy.from.${kind}`);
    },
  };
}
