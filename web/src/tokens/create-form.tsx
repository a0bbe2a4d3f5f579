import { Button, Checkbox, NativeSelect, Radio, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { CHOICES, scopeOf } from "../logic/scopes.ts";
import { Problem } from "../parts/problem.tsx";
import styles from "./tokens.module.css";

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Seconds until a token ends. */
const LIFETIMES = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  quarter: 90 * DAY,
  year: 365 * DAY,
  forever: 0,
};
type Lifetime = keyof typeof LIFETIMES;
const ORDER = Object.keys(LIFETIMES) as Lifetime[];

interface Props {
  readonly onMade: (token: string) => void;
  readonly onCancel: () => void;
}

export function CreateForm({ onMade, onCancel }: Props) {
  const { t } = useTranslation();
  const { api, boot } = useApp();
  const { name, admin } = boot.user;
  const cache = useQueryClient();
  const [note, setNote] = useState("");
  const [lifetime, setLifetime] = useState<Lifetime>("month");
  const [all, setAll] = useState(true);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [tried, setTried] = useState(false);
  const missing = !all && chosen.length === 0;
  const create = useMutation({
    mutationFn: () =>
      api.call<{ token: string }>(`users/${urlName(name)}/tokens`, {
        method: "POST",
        body: {
          ...(note.trim() === "" ? {} : { note: note.trim() }),
          ...(LIFETIMES[lifetime] === 0 ? {} : { expires_in: LIFETIMES[lifetime] }),
          scopes: all ? ["inherit"] : chosen,
        },
      }),
    onSuccess: ({ token }) => {
      void cache.invalidateQueries({ queryKey: keys.tokens });
      onMade(token);
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!missing) create.mutate();
      }}
    >
      <TextInput
        label={t("tokens.note")}
        placeholder={t("tokens.notePlaceholder")}
        value={note}
        maxLength={255}
        required
        withAsterisk={false}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-autofocus
      />
      <NativeSelect
        label={t("tokens.expiry")}
        value={lifetime}
        onChange={(event) => setLifetime(ORDER.find((one) => one === event.currentTarget.value) ?? "month")}
        data={ORDER.map((value) => ({ value, label: t(`tokens.${value}`) }))}
      />
      <Radio.Group
        label={t("tokens.scope")}
        value={all ? "all" : "some"}
        onChange={(value) => setAll(value === "all")}
        name="scope"
      >
        <div className={styles.choices}>
          <Radio value="all" label={t("tokens.all")} description={t("tokens.allHint")} />
          <Radio value="some" label={t("tokens.some")} />
        </div>
      </Radio.Group>
      {!all && (
        <Checkbox.Group
          label={t("tokens.chosen")}
          value={[...chosen]}
          onChange={setChosen}
          error={tried && missing ? t("tokens.chooseOne") : undefined}
        >
          <div className={styles.choices}>
            {CHOICES.filter((choice) => choice.own || admin).map((choice) => (
              <Checkbox key={choice.word} value={scopeOf(choice, name)} label={t(`scopes.${choice.word}`)} />
            ))}
          </div>
        </Checkbox.Group>
      )}
      {create.isError && <Problem error={create.error} />}
      <div className="actions actions-end">
        <Button variant="default" onClick={onCancel}>
          {t("app.cancel")}
        </Button>
        <Button type="submit" loading={create.isPending}>
          {t("tokens.submit")}
        </Button>
      </div>
    </form>
  );
}
