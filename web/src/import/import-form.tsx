import { Button, Radio, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import type { importedPeopleSchema } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { parsePeople } from "../logic/csv.ts";
import { Problem } from "../parts/problem.tsx";
import styles from "./import.module.css";
import { ImportPreview } from "./import-preview.tsx";

export type Imported = z.infer<typeof importedPeopleSchema>;

/** Rows the hub takes at once. */
const MOST = 10_000;
/** Mistakes told at once. */
const TOLD = 8;
const GIVES = ["links", "passphrases", "nothing"] as const;

export function ImportForm({ onImported }: { readonly onImported: (imported: Imported) => void }) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const [text, setText] = useState("");
  const [give, setGive] = useState<(typeof GIVES)[number]>("links");
  const { rows, problems } = useMemo(() => parsePeople(text), [text]);
  const tooMany = rows.length > MOST;
  const usable = rows.length > 0 && problems.length === 0 && !tooMany;
  const send = useMutation({
    mutationFn: () => api.call<Imported>("hublet/people/import", { method: "POST", body: { rows, give } }),
    onSuccess: (imported) => {
      void refresh();
      onImported(imported);
    },
  });

  async function onFile(file: File | undefined) {
    if (file !== undefined) setText(await file.text());
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (usable) send.mutate();
      }}
    >
      <Textarea
        label={t("import.paste")}
        description={t("import.hint")}
        placeholder={t("import.example")}
        value={text}
        rows={8}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mono)", fontSize: "0.875rem" } }}
        onChange={(event) => setText(event.currentTarget.value)}
        error={tooMany ? t("import.tooMany") : problems.length > 0}
      />
      <p>
        <label htmlFor="import-file">{t("import.file")}</label>{" "}
        <input
          id="import-file"
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          onChange={(event) => void onFile(event.currentTarget.files?.[0])}
        />
      </p>
      <div role="alert">
        {problems.length > 0 && (
          <ul className={styles.problems}>
            {problems.slice(0, TOLD).map(({ line, text: row, reason }) => (
              <li key={line} className="break">
                {t("import.problem", { line, row, reason: t(`import.reason.${reason}`) })}
              </li>
            ))}
            {problems.length > TOLD && <li>{t("import.moreProblems", { count: problems.length - TOLD })}</li>}
          </ul>
        )}
      </div>
      <ImportPreview rows={rows} />
      <Radio.Group
        label={t("import.give")}
        value={give}
        name="give"
        onChange={(value) => setGive(GIVES.find((one) => one === value) ?? "links")}
      >
        <div className={styles.choices}>
          {GIVES.map((one) => (
            <Radio key={one} value={one} label={t(`import.gives.${one}`)} description={t(`import.gives.${one}Hint`)} />
          ))}
        </div>
      </Radio.Group>
      {send.isError && <Problem error={send.error} />}
      <div className="actions">
        <Button type="submit" loading={send.isPending} disabled={!usable}>
          {rows.length === 0 ? t("add.submit") : t("add.submitCount", { count: rows.length })}
        </Button>
      </div>
    </form>
  );
}
