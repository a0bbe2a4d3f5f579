import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SecondFactorView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { Problem } from "../parts/problem.tsx";
import { RemoveFactorDialog } from "./remove-factor-dialog.tsx";
import { SetUpFactorDialog } from "./set-up-factor-dialog.tsx";

/** Recovery codes below this number are worth a word. */
const FEW = 3;

/** Codes of an app beside the password: whether they are asked for, and how to begin or end that. */
export function SecondFactor() {
  const { t } = useTranslation();
  const { api } = useApp();
  const [asking, setAsking] = useState<"set-up" | "remove" | null>(null);
  const factor = useQuery({
    queryKey: keys.secondFactor,
    queryFn: ({ signal }) => api.call<SecondFactorView>("hublet/account/second-factor", { signal }),
  });
  if (factor.isError) return <Problem error={factor.error} onRetry={() => void factor.refetch()} />;
  if (factor.data === undefined) return null;
  const { active, rule, recoveryCodesLeft } = factor.data;
  if (rule === "off" && !active) return null;
  return (
    <section className="card stack" aria-labelledby="factor-title">
      <h2 id="factor-title">{t("factor.title")}</h2>
      <p className={active ? "" : "quiet"}>{t(active ? "factor.on" : "factor.off")}</p>
      {rule === "required" && <p className="quiet">{t("factor.required")}</p>}
      {active && (
        <p className="quiet">
          {t("factor.left", { count: recoveryCodesLeft })}
          {recoveryCodesLeft < FEW && ` ${t("factor.few")}`}
        </p>
      )}
      <div className="actions">
        {rule !== "off" && (
          <Button variant="default" onClick={() => setAsking("set-up")}>
            {t(active ? "factor.again" : "factor.setUp")}
          </Button>
        )}
        {active && rule !== "required" && (
          <Button variant="subtle" color="red" onClick={() => setAsking("remove")}>
            {t("factor.remove")}
          </Button>
        )}
      </div>
      <SetUpFactorDialog opened={asking === "set-up"} onClose={() => setAsking(null)} />
      <RemoveFactorDialog opened={asking === "remove"} onClose={() => setAsking(null)} />
    </section>
  );
}
