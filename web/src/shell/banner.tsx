import { CloseButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries.ts";
import styles from "./shell.module.css";

/** The text that was put away in this browser session; another text shows again. */
const KEY = "hublet-banner-read";

/** The lab's announcement, at the top of every page until it is put away. */
export function Banner() {
  const { t } = useTranslation();
  const banner = useSession().data?.hub.banner ?? null;
  const [read, setRead] = useState(stored);
  const shown = banner !== null && banner.text !== read ? banner : null;

  function onDismiss() {
    if (banner === null) return;
    setRead(banner.text);
    store(banner.text);
    // The button is gone: the page's content is what comes next.
    document.getElementById("content")?.focus();
  }
  return (
    <div role="status">
      {shown !== null && (
        <div className={styles.banner} data-level={shown.level}>
          <p className="break">
            {shown.level === "warning" && <strong>{t("banner.warning")} </strong>}
            {shown.text}
          </p>
          <CloseButton aria-label={t("banner.dismiss")} onClick={onDismiss} />
        </div>
      )}
    </div>
  );
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing: put away until the page is loaded again
  }
}

function store(text: string): void {
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // As above.
  }
}
