import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RemovedPerson } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Progress } from "./bulk-links-dialog.tsx";
import { DataChoice, type Fate } from "./data-choice.tsx";
import { Failures } from "./failures.tsx";
import { useOneByOne } from "./use-one-by-one.ts";

/** Names read out in the question; the rest is counted. */
const NAMED = 12;

interface Props {
  readonly opened: boolean;
  readonly names: readonly string[];
  readonly onClose: () => void;
  readonly onGone: (names: readonly string[]) => void;
}

/** Removes everybody who is picked but oneself; says what becomes of the files, and asks for their number. */
export function BulkRemoveDialog({ opened, names, onClose, onGone }: Props) {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const [typed, setTyped] = useState("");
  const [data, setData] = useState<Fate>("keep");
  const others = names.filter((name) => name !== boot.user.name);
  const { run, count } = useOneByOne(
    others,
    (name, fate: Fate) =>
      api.call<RemovedPerson | undefined>(`hublet/people/${urlName(name)}`, { method: "DELETE", body: { data: fate } }),
    ({ done, failed }) => {
      void refresh();
      onGone(done.map(({ name }) => name));
      setTyped("");
      const archive = done.find(({ result }) => typeof result?.archive === "string")?.result?.archive;
      const removed = t("bulk.removed", { count: done.length });
      if (typeof archive === "string")
        announce(`${removed} ${t("bulk.archived", { folder: archive.replace(/[^/]*$/, "") })}`, "long");
      else if (done.length > 0) announce(removed);
      if (failed.length === 0) close();
    },
  );
  function close() {
    if (run.isPending) return;
    setTyped("");
    setData("keep");
    run.reset();
    onClose();
  }
  const more = others.length - NAMED;
  return (
    <Confirm
      opened={opened}
      onClose={close}
      title={t("bulk.removeTitle", { count: others.length })}
      confirm={t(`bulk.removeConfirm.${data}`)}
      cancel={t("admin.cancel")}
      danger
      busy={run.isPending}
      disabled={others.length === 0 || typed.trim() !== String(others.length)}
      onConfirm={() => run.mutate(data)}
    >
      <p className="break">
        <strong>{others.slice(0, NAMED).join(", ")}</strong>
        {more > 0 && ` ${t("bulk.andMore", { count: more })}`}
      </p>
      {others.length < names.length && <p>{t("bulk.notYou")}</p>}
      <p>{t("bulk.removeText")}</p>
      <DataChoice value={data} onChange={setData} />
      <TextInput
        label={t("bulk.type", { number: others.length })}
        value={typed}
        inputMode="numeric"
        autoComplete="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {run.isPending && <Progress count={count} of={others.length} />}
      <Failures failed={run.data?.failed ?? []} />
    </Confirm>
  );
}
