import { useTranslation } from "react-i18next";
import { useProblemWords } from "../parts/use-problem-words.ts";
import styles from "./people.module.css";

interface Failed {
  readonly name: string;
  readonly error: unknown;
}

/** For whom it did not work, and why. */
export function Failures({ failed }: { readonly failed: readonly Failed[] }) {
  const { t } = useTranslation();
  if (failed.length === 0) return null;
  return (
    <div role="alert">
      <p>{t("bulk.failed", { count: failed.length })}</p>
      <ul className={styles.failures}>
        {failed.map((one) => (
          <Failure key={one.name} {...one} />
        ))}
      </ul>
    </div>
  );
}

function Failure({ name, error }: Failed) {
  const words = useProblemWords(error);
  return (
    <li className="break">
      <strong>{name}</strong>: {words}
    </li>
  );
}
