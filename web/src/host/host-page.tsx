/** What is wrong on the host, why it matters, and the lines that mend it. */
import { Trans, useTranslation } from "react-i18next";
import type { CheckResult, HostView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { useHost } from "../api/admin-queries.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Loading } from "../parts/loading.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import own from "./host.module.css";
import { HostProblem } from "./host-problem.tsx";

const COMMAND = "sudo hublet doctor";

export function HostPage() {
  const { t } = useTranslation();
  const host = useHost();
  const { data } = host;
  return (
    <div className={styles.page}>
      <PageTitle title={t("host.title")} />
      <p className={styles.lead}>{t("host.lead")}</p>
      {host.isError && <Problem error={host.error} onRetry={() => void host.refetch()} />}
      {host.isPending && <Loading />}
      {data !== undefined && <Found view={data} />}
    </div>
  );
}

function Found({ view }: { readonly view: HostView }) {
  const { t } = useTranslation();
  const checks = [...view.live, ...(view.report?.checks ?? [])];
  const problems = checks
    .flatMap(({ id, findings }) => findings.map((finding) => ({ id, finding })))
    .toSorted((a, b) => rank(a.finding.severity) - rank(b.finding.severity));
  const withOutcome = (outcome: CheckResult["outcome"]): CheckResult[] =>
    checks.filter((check) => check.outcome === outcome);
  return (
    <>
      <Again view={view} />
      <div role="status">
        {problems.length === 0 ? (
          <div className={own.good}>
            <h2>{t("host.good")}</h2>
            <p>{t("host.goodText")}</p>
          </div>
        ) : (
          <h2>{t("host.problems", { count: problems.length })}</h2>
        )}
      </div>
      {problems.length > 0 && (
        <ul className={own.problems}>
          {problems.map(({ id, finding }) => (
            <HostProblem key={`${id} ${finding.problem}`} id={id} finding={finding} />
          ))}
        </ul>
      )}
      <Checks title={t("host.unknown")} checks={withOutcome("unknown")} open />
      <Checks title={t("host.order", { count: withOutcome("ok").length })} checks={withOutcome("ok")} />
      <Checks title={t("host.skipped", { count: withOutcome("skipped").length })} checks={withOutcome("skipped")} />
    </>
  );
}

function rank(severity: "error" | "warning"): number {
  return severity === "error" ? 0 : 1;
}

function Again({ view: { report } }: { readonly view: HostView }) {
  const { t } = useTranslation();
  return (
    <div className={own.again}>
      <p>
        {report === null ? (
          t("host.never")
        ) : (
          <Trans
            i18nKey={report.deep ? "host.lookedDeep" : "host.looked"}
            components={{ time: <Ago iso={report.made} /> }}
          />
        )}{" "}
        {t("host.again")}
      </p>
      <div className={own.command}>
        <code>{COMMAND}</code>
        <CopyButton size="sm" text={COMMAND} label={t("host.copy")} fullLabel={t("host.copyOf", { id: COMMAND })} />
      </div>
    </div>
  );
}

interface ChecksProps {
  readonly title: string;
  readonly checks: readonly CheckResult[];
  readonly open?: boolean;
}

function Checks({ title, checks, open = false }: ChecksProps) {
  if (checks.length === 0) return null;
  return (
    <details className={own.checks} open={open}>
      <summary>{title}</summary>
      <ul>
        {checks.map(({ id, title: what, note }) => (
          <li key={id}>
            <code>{id}</code> <span className="break">{note ?? what}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
