import { useTranslation } from "react-i18next";
import { useEffectiveConfiguration } from "../api/admin-queries.ts";
import { inline, yamlText } from "../logic/yaml-text.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Loading } from "../parts/loading.tsx";
import { Problem } from "../parts/problem.tsx";
import own from "./configuration.module.css";

/** The working configuration with its defaults: short keys at once, long ones to be unfolded. */
export function Effective() {
  const { t } = useTranslation();
  const effective = useEffectiveConfiguration();
  const entries = Object.entries(effective.data ?? {});
  const short = entries.filter(([, value]) => inline(value) !== undefined);
  const long = entries.filter(([, value]) => inline(value) === undefined);
  return (
    <section className={own.plain} aria-labelledby="effective-title">
      <div className={own.head}>
        <h2 id="effective-title">{t("configuration.effective")}</h2>
        {effective.data !== undefined && (
          <CopyButton size="sm" text={yamlText(effective.data)} label={t("configuration.copy")} />
        )}
      </div>
      <p className="quiet small">{t("configuration.effectiveText")}</p>
      {effective.isPending && <Loading />}
      {effective.isError && <Problem error={effective.error} onRetry={() => void effective.refetch()} />}
      {short.length > 0 && <pre className={own.yaml}>{yamlText(Object.fromEntries(short))}</pre>}
      {long.map(([key, value]) => (
        <details key={key} className={own.part}>
          <summary>
            <code>{key}</code>
            <span className="quiet small">{t("configuration.entries", { count: sizeOf(value) })}</span>
          </summary>
          <pre className={own.yaml}>{yamlText({ [key]: value })}</pre>
        </details>
      ))}
    </section>
  );
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 1;
}
