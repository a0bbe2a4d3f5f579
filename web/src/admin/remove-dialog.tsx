import { Radio, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonView } from "../../../src/contract/index.ts";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";
import styles from "./people.module.css";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly onClose: () => void;
}

/** Removes a person: says what becomes of the files, and asks for the name. */
export function RemoveDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const cache = useQueryClient();
  const name = useLast(person)?.name ?? "";
  const [typed, setTyped] = useState("");
  const [data, setData] = useState<"keep" | "erase">("keep");
  const remove = useMutation({
    mutationFn: () => api.call(`hublet/people/${urlName(name)}`, { method: "DELETE", body: { data } }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.anyPeople });
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
      confirm={data === "erase" ? t("remove.submitErase") : t("remove.submitKeep")}
      cancel={t("admin.cancel")}
      danger
      busy={remove.isPending}
      disabled={typed.trim() !== name}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      <p>{t("remove.text")}</p>
      <Radio.Group
        label={t("remove.files")}
        value={data}
        name="data"
        onChange={(value) => setData(value === "erase" ? "erase" : "keep")}
      >
        <div className={styles.choices}>
          <Radio value="keep" label={t("remove.keep")} description={t("remove.keepHint")} />
          <Radio value="erase" label={t("remove.erase")} description={t("remove.eraseHint")} />
        </div>
      </Radio.Group>
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
