import { TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonView, RemovedPerson } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { DataChoice, type Fate } from "./data-choice.tsx";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly onClose: () => void;
}

/** Removes a person: says what becomes of the files, and asks for the name. */
export function RemoveDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const name = useLast(person)?.name ?? "";
  const [typed, setTyped] = useState("");
  const [data, setData] = useState<Fate>("keep");
  const remove = useMutation({
    mutationFn: () =>
      api.call<RemovedPerson | undefined>(`hublet/people/${urlName(name)}`, { method: "DELETE", body: { data } }),
    onSuccess: async (removed) => {
      await refresh();
      const archive = removed?.archive ?? undefined;
      if (archive === undefined) announce(t("remove.done", { name }));
      else announce(t("remove.archived", { name, archive }), "long");
      close();
    },
  });
  function close() {
    setTyped("");
    setData("keep");
    remove.reset();
    onClose();
  }
  return (
    <Confirm
      opened={person !== null}
      onClose={close}
      title={t("remove.title", { name })}
      confirm={t(`remove.submit.${data}`)}
      cancel={t("admin.cancel")}
      danger
      busy={remove.isPending}
      disabled={typed.trim() !== name}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <p>{t("remove.text")}</p>
      <DataChoice value={data} onChange={setData} />
      <TextInput
        label={t("remove.type", { name })}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.currentTarget.value)}
        styles={{ label: { overflowWrap: "anywhere" } }}
      />
    </Confirm>
  );
}
