import { Button, Checkbox, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { parseNames } from "../logic/names.ts";
import { Problem } from "../parts/problem.tsx";
import type { Added } from "./add-dialog.tsx";
import styles from "./people.module.css";

/** Names the hub takes at once. */
const MOST = 1000;
/** Bad names told at once; more would push the button out of sight. */
const TOLD = 5;

interface Props {
  readonly onAdded: (added: Added) => void;
  readonly onCancel: () => void;
}

export function AddForm({ onAdded, onCancel }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const [text, setText] = useState("");
  const [admin, setAdmin] = useState(false);
  const { names, invalid } = parseNames(text);
  const tooMany = names.length > MOST;
  const usable = names.length > 0 && invalid.length === 0 && !tooMany;
  const add = useMutation({
    mutationFn: () => api.call<Added>("hublet/people", { method: "POST", body: { names, admin } }),
    onSuccess: (added) => {
      void refresh();
      onAdded(added);
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (usable) add.mutate();
      }}
    >
      <Textarea
        label={t("add.names")}
        description={t("add.hint")}
        value={text}
        rows={6}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
        error={tooMany ? t("add.tooMany") : invalid.length > 0}
        data-autofocus
      />
      <div role="alert">
        {invalid.length > 0 && (
          <ul className={styles.invalid}>
            {invalid.slice(0, TOLD).map(({ name, reason }) => (
              <li key={name} className="break">
                {t("add.invalid", { name, reason: t(`add.reason.${reason}`) })}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Checkbox
        label={t("add.admin")}
        description={t("add.adminHint")}
        checked={admin}
        onChange={(event) => setAdmin(event.currentTarget.checked)}
      />
      {add.isError && <Problem error={add.error} />}
      <div className="actions actions-end">
        <Button variant="default" onClick={onCancel}>
          {t("app.cancel")}
        </Button>
        <Button type="submit" loading={add.isPending} disabled={!usable}>
          {names.length === 0 ? t("add.submit") : t("add.submitCount", { count: names.length })}
        </Button>
      </div>
    </form>
  );
}
