import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { ServerView } from "../../../src/contract/index.ts";
import { isServerName, serverPage } from "../logic/paths.ts";
import { Confirm } from "../parts/confirm.tsx";

interface Props {
  /** All of this person's servers, the default one included. */
  readonly servers: readonly ServerView[];
  /** How many they may have. */
  readonly most: number;
}

/** A server beside the default one, for who has used that one; or why there can be no more. */
export function NewServer({ servers, most }: Props) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState("");
  const [first] = servers;
  if (first === undefined || (servers.length === 1 && first.image === null && first.started === null)) return null;
  if (servers.length >= most) return <p className="quiet small">{t("home.most", { count: most })}</p>;
  const wanted = name.trim().toLowerCase();
  const taken = servers.some((server) => server.name === wanted);
  const wrong = wanted !== "" && !isServerName(wanted);
  return (
    <div className="more">
      <Button variant="subtle" size="sm" onClick={() => setAsking(true)}>
        {t("home.another")}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("home.anotherTitle")}
        confirm={t("home.anotherConfirm")}
        cancel={t("app.cancel")}
        disabled={wanted === "" || wrong || taken}
        onConfirm={() => void go(serverPage("spawn", first.user, wanted))}
      >
        <p>{t("home.anotherText", { count: most })}</p>
        <TextInput
          label={t("home.anotherName")}
          value={name}
          maxLength={30}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          error={wrong ? t("home.anotherWrong") : taken ? t("home.anotherTaken") : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
      </Confirm>
    </div>
  );
}
