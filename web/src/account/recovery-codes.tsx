import { Button, Checkbox } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApp } from "../app-context.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { DownloadButton } from "../parts/download-button.tsx";
import styles from "./account.module.css";

/** The way in when the app is lost; shown once, so the dialog stays until they are kept. */
export function RecoveryCodes({ codes, onDone }: { readonly codes: readonly string[]; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const { boot } = useApp();
  const [kept, setKept] = useState(false);
  const text = codes.join("\n");
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.focus(), []);
  return (
    <div className="stack" ref={top} tabIndex={-1} style={{ outline: "none" }}>
      <p role="status">{t("factor.codesText")}</p>
      <ul className={styles.codes} aria-label={t("factor.codesLabel")}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="actions">
        <CopyButton text={text} label={t("app.copy")} />
        <DownloadButton
          text={`${t("factor.fileHead", { hub: boot.hubName, name: boot.user.name })}\n\n${text}\n`}
          type="text/plain"
          name="recovery-codes.txt"
          label={t("factor.download")}
        />
      </div>
      <Checkbox label={t("factor.kept")} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
      <div className="actions actions-end">
        <Button onClick={onDone} disabled={!kept}>
          {t("factor.done")}
        </Button>
      </div>
    </div>
  );
}
