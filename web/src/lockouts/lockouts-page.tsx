/** Who is held off from signing in after too many wrong tries, and the way to forgive. */
import { Button } from "@mantine/core";
import { Trans, useTranslation } from "react-i18next";
import type { LockoutView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useLockouts } from "../api/admin-queries.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Clock } from "../parts/since.tsx";
import { useForgive } from "./use-forgive.ts";

export function LockoutsPage() {
  const { t } = useTranslation();
  const lockouts = useLockouts();
  const { data } = lockouts;
  return (
    <div className={styles.page}>
      <PageTitle title={t("lockouts.title")} />
      <p className={styles.lead}>{t("lockouts.lead")}</p>
      {lockouts.isError && <Problem error={lockouts.error} onRetry={() => void lockouts.refetch()} />}
      {lockouts.isPending && <Loading />}
      {data !== undefined && data.length === 0 && (
        <div className={styles.empty}>
          <h2>{t("lockouts.none")}</h2>
          <p className="quiet">{t("lockouts.noneText")}</p>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <Paged items={data}>
          {(shown) => (
            <ul className={styles.list}>
              {shown.map((lockout) => (
                <Row key={lockout.key} lockout={lockout} />
              ))}
            </ul>
          )}
        </Paged>
      )}
    </div>
  );
}

function Row({ lockout }: { readonly lockout: LockoutView }) {
  const { t } = useTranslation();
  const forgive = useForgive();
  const announce = useAnnounce();
  const { key, name, address, failures, until } = lockout;
  const who =
    name !== null && address !== null
      ? t("lockouts.both", { name, address })
      : name === null
        ? t("lockouts.address", { address: address ?? key })
        : t("lockouts.name", { name });
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <span className={`${styles.name} break`}>{who}</span>
        <span className="quiet small">
          {t("lockouts.failures", { count: failures })}
          {" · "}
          <Trans i18nKey="lockouts.until" components={{ time: <Clock iso={until} /> }} />
        </span>
        {forgive.isError && <Problem error={forgive.error} />}
      </div>
      <Button
        variant="default"
        size="sm"
        loading={forgive.isPending}
        aria-label={t("lockouts.forgiveOf", { who })}
        onClick={() => forgive.mutate(key, { onSuccess: () => announce(t("lockouts.forgiven", { who })) })}
      >
        {t("lockouts.forgive")}
      </Button>
    </li>
  );
}
