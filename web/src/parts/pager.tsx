import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import styles from "./parts.module.css";

interface Props {
  readonly offset: number;
  /** Rows on a full page, rows on this one, and rows altogether. */
  readonly limit: number;
  readonly shown: number;
  readonly total: number;
  readonly onOffset: (offset: number) => void;
}

/** Absent while everything fits on one page. */
export function Pager({ offset, limit, shown, total, onOffset }: Props) {
  const { t, i18n } = useTranslation();
  if (total <= limit && offset === 0) return null;
  const number = new Intl.NumberFormat(i18n.language);
  function go(to: number) {
    onOffset(Math.max(0, to));
    window.scrollTo({ top: 0 });
  }
  return (
    <nav className={styles.pager} aria-label={t("pager.pages")}>
      <Button variant="default" disabled={offset === 0} onClick={() => go(offset - limit)}>
        {t("pager.previous")}
      </Button>
      <span className="quiet number">
        {t("pager.range", {
          from: number.format(offset + 1),
          to: number.format(offset + shown),
          total: number.format(total),
        })}
      </span>
      <Button variant="default" disabled={offset + limit >= total} onClick={() => go(offset + limit)}>
        {t("pager.next")}
      </Button>
    </nav>
  );
}
