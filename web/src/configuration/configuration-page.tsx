/** Which configuration works, what became of the files since, and all of it with its defaults. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import type { ConfigurationView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useConfiguration } from "../api/admin-queries.ts";
import { useApp } from "../app-context.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import { ConfigProblems } from "./config-problems.tsx";
import own from "./configuration.module.css";
import { Effective } from "./effective.tsx";

export function ConfigurationPage() {
  const { t } = useTranslation();
  const { api } = useApp();
  const cache = useQueryClient();
  const announce = useAnnounce();
  const configuration = useConfiguration();
  const { data } = configuration;
  const reload = useMutation({
    mutationFn: () => api.call<ConfigurationView | undefined>("hublet/configuration/reload", { method: "POST" }),
    onSuccess: async () => {
      await cache.invalidateQueries();
      announce(t("configuration.reloaded"));
    },
  });
  return (
    <div className={styles.page}>
      <div className={styles.top}>
        <PageTitle title={t("configuration.title")} />
        <Button variant="default" loading={reload.isPending} onClick={() => reload.mutate()}>
          {t("configuration.reload")}
        </Button>
      </div>
      {reload.isError && <Problem error={reload.error} />}
      {configuration.isError && <Problem error={configuration.error} onRetry={() => void configuration.refetch()} />}
      {configuration.isPending && <Loading />}
      {data !== undefined && <State configuration={data} />}
      {data !== undefined && data.warnings.length > 0 && (
        <Listed title={t("configuration.warnings")} text={t("configuration.warningsText")} lines={data.warnings} warn />
      )}
      {data !== undefined && (
        <Listed title={t("configuration.files")} text={t("configuration.filesText")} lines={data.files} code />
      )}
      <Effective />
    </div>
  );
}

function State({ configuration }: { readonly configuration: ConfigurationView }) {
  const { t } = useTranslation();
  const { state, appliedAt, refusedAt, problems, needsRestart } = configuration;
  return (
    <>
      <div role="status">
        {state === "refused" ? (
          <section className={own.refused} aria-labelledby="refused-title">
            <h2 id="refused-title">{t("configuration.refused", { count: problems.length })}</h2>
            <p>
              <Trans
                i18nKey="configuration.refusedText"
                components={{ refused: <Ago iso={refusedAt ?? appliedAt} />, applied: <Ago iso={appliedAt} /> }}
              />
            </p>
            <ConfigProblems problems={problems} />
          </section>
        ) : (
          <p className="card">
            <Trans
              i18nKey={needsRestart.length > 0 ? "configuration.appliedBut" : "configuration.applied"}
              components={{ time: <Ago iso={appliedAt} /> }}
            />
          </p>
        )}
      </div>
      {needsRestart.length > 0 && (
        <Listed
          title={t("configuration.restart")}
          text={t("configuration.restartText")}
          lines={needsRestart}
          warn
          code
        />
      )}
    </>
  );
}

interface ListedProps {
  readonly title: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly warn?: boolean;
  readonly code?: boolean;
}

function Listed({ title, text, lines, warn, code }: ListedProps) {
  return (
    <section className={warn === true ? own.warn : own.plain}>
      <h2>{title}</h2>
      <p className={warn === true ? "" : "quiet small"}>{text}</p>
      <ul className={own.lines}>
        {lines.map((line) => (
          <li key={line} className="break">
            {code === true ? <code>{line}</code> : line}
          </li>
        ))}
      </ul>
    </section>
  );
}
