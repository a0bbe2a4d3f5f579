import { Button, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "../parts/copy-button.tsx";
import { Problem } from "../parts/problem.tsx";
import styles from "./account.module.css";

interface Props {
  /** `qr` is an SVG; it is shown as an image, so nothing in it can run. */
  readonly begun: { readonly secret: string; readonly uri: string; readonly qr: string };
  readonly busy: boolean;
  readonly error: unknown;
  readonly onCode: (code: string) => void;
  readonly onCancel: () => void;
}

/** The secret for the app, as a picture, a link and text, and the first code that the app shows for it. */
export function FactorCode({ begun, busy, error, onCode, onCancel }: Props) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const clean = code.replace(/\s/g, "");
  const grouped = begun.secret.match(/.{1,4}/g)?.join(" ") ?? begun.secret;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (clean !== "") onCode(clean);
      }}
    >
      <p>{t("factor.scanText")}</p>
      <img
        className={styles.qr}
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(begun.qr)}`}
        alt={t("factor.qr")}
        width={208}
        height={208}
      />
      <div>
        <p className="quiet small">{t("factor.byHand")}</p>
        <code className={`${styles.secret} break`}>{grouped}</code>
        <div className="actions">
          <CopyButton text={begun.secret} label={t("factor.copySecret")} size="sm" />
          <Button component="a" href={begun.uri} variant="subtle" size="sm">
            {t("factor.openApp")}
          </Button>
        </div>
      </div>
      <TextInput
        ref={field}
        label={t("factor.code")}
        value={code}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      {Boolean(error) && <Problem error={error} />}
      <div className="actions actions-end">
        <Button variant="default" onClick={onCancel}>
          {t("app.cancel")}
        </Button>
        <Button type="submit" loading={busy} disabled={clean === ""}>
          {t("factor.confirm")}
        </Button>
      </div>
    </form>
  );
}
