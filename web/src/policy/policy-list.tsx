import { useTranslation } from "react-i18next";
import type { PolicyLine } from "../logic/policy.ts";
import styles from "./policy.module.css";
import { usePolicyWords } from "./use-policy-words.ts";

interface Props {
  readonly lines: readonly PolicyLine[];
  /** For admins: where each rule is written, and what was said too and lost. */
  readonly reasons: boolean;
}

/** What somebody gets, line by line, each with who said it. */
export function PolicyList({ lines, reasons }: Props) {
  const words = usePolicyWords();
  const { t } = useTranslation();
  return (
    <dl className={styles.list}>
      {lines.map((line) => (
        <div
          key={`${line.what} ${line.of ?? ""} ${line.origin.path} ${words.value(line.value)}`}
          className={styles.line}
        >
          <dt className="break">
            {line.what === "environment" ? <code>{words.title(line)}</code> : words.title(line)}
          </dt>
          <dd className="break">
            <span className={styles.value}>{words.value(line.value)}</span>
            {(reasons || line.origin.kind === "group") && (
              <span className={styles.from}>
                {words.origin(line.origin)}
                {reasons && line.origin.place !== null && <Place place={line.origin.place} />}
              </span>
            )}
            {reasons &&
              line.over.map(({ value, origin }) => (
                <span key={`${origin.path} ${words.value(value)}`} className={styles.from}>
                  {t("policy.lost", { value: words.value(value), origin: words.origin(origin) })}
                  {origin.place !== null && <Place place={origin.place} />}
                </span>
              ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** `hublet.yaml:12:3`, where a rule is written. */
export function Place({ place }: { readonly place: string }) {
  return <code className={styles.place}>{place}</code>;
}
