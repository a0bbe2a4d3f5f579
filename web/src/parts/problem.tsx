import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import styles from "./parts.module.css";
import { useProblemWords } from "./use-problem-words.ts";

interface Props {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** An error in words: the hub's own when it gave some. */
export function Problem({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const words = useProblemWords(error);
  return (
    <div className={styles.problem} role="alert">
      <p className="break">{words}</p>
      {onRetry !== undefined && (
        <Button variant="subtle" color="red" size="sm" onClick={onRetry}>
          {t("app.tryAgain")}
        </Button>
      )}
    </div>
  );
}
