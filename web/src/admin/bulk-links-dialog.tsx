import { Button, Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ClaimLink } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Bar } from "../parts/bar.tsx";
import { AddedLinks } from "./added-links.tsx";
import { Failures } from "./failures.tsx";
import { useOneByOne } from "./use-one-by-one.ts";

interface Props {
  readonly opened: boolean;
  readonly names: readonly string[];
  readonly onClose: () => void;
}

/** A new one-time link for everybody who is picked; shown once, so only “Done” closes them. */
export function BulkLinksDialog({ opened, names, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const { run, count } = useOneByOne(
    names,
    (name, _: undefined) => api.call<ClaimLink>(`hublet/people/${urlName(name)}/claim`, { method: "POST" }),
    () => void refresh(),
  );
  const made = run.data?.done.map(({ result }) => result);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={() => run.reset()}
      title={
        made === undefined ? t("bulk.linksTitle", { count: names.length }) : t("bulk.linksDone", { count: made.length })
      }
      withCloseButton={false}
      closeOnClickOutside={run.isIdle}
      closeOnEscape={run.isIdle}
      size={640}
    >
      {made === undefined ? (
        <div className="stack">
          <p>{t("bulk.linksText")}</p>
          {run.isPending && <Progress count={count} of={names.length} />}
          <div className="actions actions-end">
            <Button variant="default" onClick={onClose} disabled={run.isPending}>
              {t("app.cancel")}
            </Button>
            <Button data-autofocus loading={run.isPending} onClick={() => run.mutate(undefined)}>
              {t("bulk.linksConfirm", { count: names.length })}
            </Button>
          </div>
        </div>
      ) : (
        <div className="stack">
          <Failures failed={run.data?.failed ?? []} />
          <AddedLinks added={{ links: made, existing: [], keptFiles: [] }} onDone={onClose} />
        </div>
      )}
    </Modal>
  );
}

/** How far a work on several people is. */
export function Progress({ count, of }: { readonly count: number; readonly of: number }) {
  const { t } = useTranslation();
  const words = t("bulk.progress", { done: count, total: of });
  return (
    <div className="stack" style={{ gap: "0.5rem" }}>
      <Bar label={t("bulk.progressLabel")} fraction={of === 0 ? 0 : count / of} valueText={words} />
      <p className="quiet small number">{words}</p>
    </div>
  );
}
