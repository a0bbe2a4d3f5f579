import { useTranslation } from "react-i18next";
import type { FindingView } from "../../../src/contract/index.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import own from "./host.module.css";

/** A problem with its reason and the lines to paste. */
export function HostProblem({ id, finding }: { readonly id: string; readonly finding: FindingView }) {
  const { t } = useTranslation();
  const { problem, why, fix, advice, severity, safe } = finding;
  const commands = fix.join("\n");
  return (
    <li className={own.problem} data-severity={severity}>
      <p className={own.mark}>
        <strong>{t(`host.${severity}`)}</strong> <code>{id}</code>
      </p>
      <h3 className="break">{problem}</h3>
      <p>{why}</p>
      {fix.length > 0 && (
        <div className={own.fix}>
          <div className={own.fixHead}>
            <span>{t("host.fix")}</span>
            <CopyButton size="sm" text={commands} label={t("host.copy")} fullLabel={t("host.copyOf", { id })} />
          </div>
          <pre>{commands}</pre>
          {safe && <p className="quiet small">{t("host.safe")}</p>}
        </div>
      )}
      {advice !== "" && <p className={`${own.advice} break`}>{advice}</p>}
    </li>
  );
}
