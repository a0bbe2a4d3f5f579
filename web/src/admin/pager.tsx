import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PeopleView } from "../../../src/contract/index.ts";
import styles from "./people.module.css";

interface Props {
  readonly data: PeopleView;
  readonly onOffset: (offset: number) => void;
}

/** Absent while everybody fits on one page. */
export function Pager({ data, onOffset }: Props) {
  const { t, i18n } = useTranslation();
  const { offset, limit, total, items } = data;
  if (total <= limit && offset === 0) return null;
  const number = new Intl.NumberFormat(i18n.language);
  function go(to: number) {
    onOffset(Math.max(0, to));
    window.scrollTo({ top: 0 });
  }
  return (
    <nav className={styles.pager} aria-label={t("admin.pages")}>
      <Button variant="default" disabled={offset === 0} onClick={() => go(offset - limit)}>
        {t("admin.previous")}
      </Button>
      <span className="quiet number">
        {t("admin.range", {
          from: number.format(offset + 1),
          to: number.format(offset + items.length),
          total: number.format(total),
        })}
      </span>
      <Button variant="default" disabled={offset + limit >= total} onClick={() => go(offset + limit)}>
        {t("admin.next")}
      </Button>
    </nav>
  );
}
