import { useTranslation } from "react-i18next";
import type { GroupView } from "../../../src/contract/index.ts";
import styles from "../parts/parts.module.css";

/** What a group gives, in the hub's words. */
export function Gives({ group }: { readonly group: Pick<GroupView, "gives" | "configured"> }) {
  const { t } = useTranslation();
  if (group.gives.length === 0) {
    return <p className="quiet small">{t(group.configured ? "groups.givesNothing" : "groups.givesMembership")}</p>;
  }
  return (
    <ul className={styles.gives}>
      {group.gives.map((line) => (
        <li key={line} className="break">
          {line}
        </li>
      ))}
    </ul>
  );
}
