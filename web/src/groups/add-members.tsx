import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "../admin/admin.module.css";
import { usePeople } from "../api/queries.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { parseNames } from "../logic/names.ts";
import { urlName } from "../logic/paths.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Problem } from "../parts/problem.tsx";

/** Names that are offered while one is typed. */
const OFFERED = 8;

/** Memberships by hand, for one or many; the name that is being typed is completed. */
export function AddMembers({ group }: { readonly group: string }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const announce = useAnnounce();
  const [text, setText] = useState("");
  const { names, invalid } = parseNames(text);
  const parts = text.split(/[,;]/);
  const typed = (parts.at(-1) ?? "").trim();
  const before = parts.slice(0, -1).map((part) => part.trim());
  const query = { search: typed, state: "all", group: "", sort: "name", offset: 0 };
  const offered = usePeople(query, typed !== "", OFFERED);
  const add = useMutation({
    mutationFn: () => api.call(`groups/${urlName(group)}/users`, { method: "POST", body: { users: names } }),
    onSuccess: async () => {
      setText("");
      await refresh();
      announce(t("bulk.added", { count: names.length, group }));
    },
  });
  return (
    <form
      className="stack"
      style={{ gap: "0.75rem" }}
      onSubmit={(event) => {
        event.preventDefault();
        if (names.length > 0 && invalid.length === 0) add.mutate();
      }}
    >
      <div className={styles.form}>
        <TextInput
          label={t("groups.addLabel")}
          placeholder={t("groups.addPlaceholder")}
          value={text}
          list="people-offered"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
          error={invalid.length > 0 ? t("groups.addInvalid", { name: invalid[0]?.name ?? "" }) : undefined}
        />
        <datalist id="people-offered">
          {typed !== "" &&
            offered.data?.items.map(({ name }) => <option key={name} value={[...before, name].join(", ")} />)}
        </datalist>
        <Button type="submit" variant="default" loading={add.isPending} disabled={names.length === 0}>
          {t("groups.add")}
        </Button>
      </div>
      {add.isError && <Problem error={add.error} />}
    </form>
  );
}
