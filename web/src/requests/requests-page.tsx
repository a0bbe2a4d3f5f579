/** Requests for accounts: let in or refused by an admin. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import type { SignUpView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useSignUps } from "../api/admin-queries.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";

const EXAMPLE = "signIn:\n  signUp: approval";

export function RequestsPage() {
  const { t } = useTranslation();
  const signUps = useSignUps();
  const { data } = signUps;
  return (
    <div className={styles.page}>
      <PageTitle title={t("requests.title")} />
      <p className={styles.lead}>{t("requests.lead")}</p>
      {signUps.isError && <Problem error={signUps.error} onRetry={() => void signUps.refetch()} />}
      {signUps.isPending && <Loading />}
      {data !== undefined && data.length === 0 && (
        <div className={styles.empty}>
          <h2>{t("requests.none")}</h2>
          <p className="quiet">{t("requests.noneText")}</p>
          <pre>{EXAMPLE}</pre>
        </div>
      )}
      {data !== undefined && data.length > 0 && (
        <Paged items={data}>
          {(shown) => (
            <ul className={styles.list}>
              {shown.map((signUp) => (
                <Row key={signUp.id} signUp={signUp} />
              ))}
            </ul>
          )}
        </Paged>
      )}
    </div>
  );
}

function Row({ signUp }: { readonly signUp: SignUpView }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const [refusing, setRefusing] = useState(false);
  const { id, name, note, address, created } = signUp;
  const approve = useMutation({
    mutationFn: () => api.call(`hublet/sign-ups/${id}/approve`, { method: "POST" }),
    onSuccess: () => announce(t("requests.approved", { name })),
    onSettled: refresh,
  });
  const refuse = useMutation({
    mutationFn: () => api.call(`hublet/sign-ups/${id}`, { method: "DELETE" }),
    onSuccess: () => announce(t("requests.refused", { name })),
    onSettled: refresh,
  });
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <span className={`${styles.name} break`}>{name}</span>
        {note !== "" && <span className="break">{note}</span>}
        <span className="quiet small">
          <Trans i18nKey="requests.asked" values={{ address }} components={{ time: <Ago iso={created} /> }} />
        </span>
        {approve.isError && <Problem error={approve.error} />}
      </div>
      <div className="actions">
        <Button
          size="sm"
          variant="light"
          loading={approve.isPending}
          aria-label={t("requests.approveOf", { name })}
          onClick={() => approve.mutate()}
        >
          {t("requests.approve")}
        </Button>
        <Button
          variant="default"
          size="sm"
          aria-label={t("requests.refuseOf", { name })}
          onClick={() => setRefusing(true)}
        >
          {t("requests.refuse")}
        </Button>
      </div>
      <Confirm
        opened={refusing}
        onClose={() => setRefusing(false)}
        title={t("requests.refuseTitle", { name })}
        confirm={t("requests.refuseConfirm")}
        cancel={t("admin.cancel")}
        danger
        busy={refuse.isPending}
        error={refuse.error}
        onConfirm={() => refuse.mutate()}
      >
        <p>{t("requests.refuseText")}</p>
      </Confirm>
    </li>
  );
}
