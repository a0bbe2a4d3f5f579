import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import type { BrowserSessionView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { browserName } from "../logic/browser-name.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { Paged } from "../parts/paged.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import styles from "./account.module.css";

/** Where one is signed in; each other browser can be signed out from here. */
export function Sessions() {
  const { t } = useTranslation();
  const { api } = useApp();
  const sessions = useQuery({
    queryKey: keys.sessions,
    queryFn: async ({ signal }) =>
      (await api.call<{ items: BrowserSessionView[] }>("hublet/account/sessions", { signal })).items,
  });
  const ownFirst = (sessions.data ?? []).toSorted(
    (a, b) => Number(b.current) - Number(a.current) || Date.parse(b.created) - Date.parse(a.created),
  );
  return (
    <section className="card stack" aria-labelledby="sessions-title">
      <div>
        <h2 id="sessions-title">{t("sessions.title")}</h2>
        <p className="quiet">{t("sessions.lead")}</p>
      </div>
      {sessions.isPending && <Loading />}
      {sessions.isError && <Problem error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {ownFirst.length > 0 && (
        <Paged items={ownFirst}>
          {(shown) => (
            <ul className={styles.sessions}>
              {shown.map((session) => (
                <Row key={session.id} session={session} />
              ))}
            </ul>
          )}
        </Paged>
      )}
    </section>
  );
}

function Row({ session }: { readonly session: BrowserSessionView }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const cache = useQueryClient();
  const announce = useAnnounce();
  const { browser, system } = browserName(session.userAgent);
  const name =
    browser !== null && system !== null
      ? t("sessions.browserOn", { browser, system })
      : (browser ?? system ?? t("sessions.unknown"));
  const end = useMutation({
    mutationFn: () => api.call(`hublet/account/sessions/${urlName(session.id)}`, { method: "DELETE" }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.sessions });
      announce(t("sessions.ended", { name }));
    },
  });
  return (
    <li>
      <div className={styles.about}>
        <span title={session.userAgent} className="break">
          <strong>{name}</strong>
          {session.current && <span className={styles.here}>{t("sessions.here")}</span>}
        </span>
        <span className="quiet small break">
          <Trans
            i18nKey="sessions.since"
            values={{ address: session.address }}
            components={{ time: <Ago iso={session.created} />, end: <Ago iso={session.expiresAt} /> }}
          />
        </span>
        {end.isError && <Problem error={end.error} />}
      </div>
      {!session.current && (
        <Button
          variant="default"
          size="sm"
          loading={end.isPending}
          aria-label={t("sessions.endOf", { name, address: session.address })}
          onClick={() => end.mutate()}
        >
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}
