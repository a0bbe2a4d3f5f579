import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { GcResult } from "../../../src/contract/index.ts";
import { downloadSize } from "../logic/words.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Loading } from "../parts/loading.tsx";
import { Problem } from "../parts/problem.tsx";
import own from "./images.module.css";
import { useCleanUp, useCleanUpPlan } from "./use-images.ts";

/** Days without use that can be asked for. */
const DAYS = [
  ["any", 0],
  ["week", 7],
  ["month", 30],
  ["quarter", 90],
] as const;

/** First the list of what goes and what stays, then the question. */
export function CleanUpDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const announce = useAnnounce();
  const [days, setDays] = useState(0);
  const plan = useCleanUpPlan(days, opened);
  const cleanUp = useCleanUp();
  const count = plan.data?.removed.length ?? 0;
  const size = (bytes: number): string => downloadSize(bytes, i18n.language);
  function close() {
    cleanUp.reset();
    onClose();
  }
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("images.cleanUpTitle")}
      confirm={t("images.cleanUpConfirm", { count })}
      cancel={t("app.cancel")}
      danger
      busy={cleanUp.isPending}
      disabled={!plan.isSuccess || plan.isFetching || count === 0}
      error={cleanUp.error}
      onConfirm={() =>
        cleanUp.mutate(days, {
          onSuccess: (result) => {
            announce(t("images.cleaned", { count: result.removed.length, size: size(result.freedBytes) }));
            close();
          },
        })
      }
    >
      <p>{t("images.cleanUpText")}</p>
      <NativeSelect
        label={t("images.unusedFor")}
        value={String(days)}
        onChange={(event) => setDays(Number(event.currentTarget.value))}
        data={DAYS.map(([name, value]) => ({ value: String(value), label: t(`images.days.${name}`) }))}
      />
      {plan.isPending && <Loading />}
      {plan.isError && <Problem error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.data !== undefined && <Plan plan={plan.data} size={size} />}
    </Confirm>
  );
}

interface PlanProps {
  readonly plan: GcResult;
  readonly size: (bytes: number) => string;
}

function Plan({ plan: { removed, kept, freedBytes }, size }: PlanProps) {
  const { t } = useTranslation();
  return (
    <div className={own.plan}>
      <p role="status">
        <strong>
          {removed.length === 0
            ? t("images.nothingToRemove")
            : t("images.goes", { count: removed.length, size: size(freedBytes) })}
        </strong>
      </p>
      {removed.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={own.scroll} tabIndex={0} aria-label={t("images.goesList")}>
          <ul className={own.plain}>
            {removed.map(({ reference, sizeBytes }) => (
              <li key={reference} className={own.pairs}>
                <span className="break">{reference}</span>
                <span className="quiet number">{size(sizeBytes)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {kept.length > 0 && (
        <details>
          <summary>{t("images.stays", { count: kept.length })}</summary>
          <ul className={own.plain}>
            {kept.map(({ reference, because }) => (
              <li key={`${reference} ${because}`} className={own.pairs}>
                <span className="break">{reference}</span>
                <span className="quiet break">{because}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
