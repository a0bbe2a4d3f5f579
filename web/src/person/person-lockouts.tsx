import { Button } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import type { Explanation } from "../../../src/contract/index.ts";
import { useForgive } from "../lockouts/use-forgive.ts";
import { Problem } from "../parts/problem.tsx";
import { Clock } from "../parts/since.tsx";
import styles from "./person.module.css";

/** Why sign-ins of this person are held off now, and the way to forgive. */
export function PersonLockouts({ lockouts }: { readonly lockouts: Explanation["lockouts"] }) {
  const { t } = useTranslation();
  const forgive = useForgive();
  return (
    <>
      <ul className={styles.rows}>
        {lockouts.map(({ key, text, until }) => (
          <li key={key}>
            <div className={styles.about}>
              <span className="break">{text}</span>
              {until !== null && (
                <span className="quiet small">
                  <Trans i18nKey="lockouts.until" components={{ time: <Clock iso={until} /> }} />
                </span>
              )}
            </div>
            <Button variant="default" size="sm" loading={forgive.isPending} onClick={() => forgive.mutate(key)}>
              {t("lockouts.forgive")}
            </Button>
          </li>
        ))}
      </ul>
      {forgive.isError && <Problem error={forgive.error} />}
    </>
  );
}
