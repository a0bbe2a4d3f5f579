import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Failure } from "../../../src/contract/index.ts";
import { en } from "../locales/en.ts";
import styles from "./failure-box.module.css";
import { Ago } from "./since.tsx";

/** Why a start failed: what, why and what to do in the hub's words; the log one press away. */
export function FailureBox({ failure, onLog }: { readonly failure: Failure; readonly onLog: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.box} role="alert">
      <p className={styles.title}>
        {t(`failure.${isKnown(failure.code) ? failure.code : "unknown"}`)}
        <span className={styles.at}>
          <Ago iso={failure.at} />
        </span>
      </p>
      <p className={`${styles.message} break`}>{failure.message}</p>
      <Button className={styles.log} variant="subtle" color="red" size="sm" onClick={onLog}>
        {t("home.log")}
      </Button>
    </div>
  );
}

function isKnown(code: string): code is keyof typeof en.failure {
  return Object.hasOwn(en.failure, code);
}
