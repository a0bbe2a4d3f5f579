import { Button, Modal } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ClaimLink, PersonView } from "../../../src/contract/index.ts";
import { useRefreshPeople } from "../api/use-refresh-people.ts";
import { useApp } from "../app-context.ts";
import { urlName } from "../logic/paths.ts";
import { when } from "../logic/words.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Problem } from "../parts/problem.tsx";
import { SecretText } from "../parts/secret-text.tsx";
import { useLast } from "./use-last.ts";

interface Props {
  readonly person: PersonView | null;
  readonly onClose: () => void;
}

/** A new one-time link: for somebody who lost theirs, or forgot the password. */
export function ClaimDialog({ person, onClose }: Props) {
  const { t } = useTranslation();
  const { api } = useApp();
  const refresh = useRefreshPeople();
  const shown = useLast(person);
  const name = shown?.name ?? "";
  const make = useMutation({
    mutationFn: () => api.call<ClaimLink>(`hublet/people/${urlName(name)}/claim`, { method: "POST" }),
    onSettled: () => void refresh(),
  });
  const made = make.data !== undefined;
  const reset = shown?.claimed === true;
  const question = reset ? t("claim.resetTitle", { name }) : t("claim.newTitle", { name });
  return (
    <Modal
      opened={person !== null}
      onClose={onClose}
      onExitTransitionEnd={() => make.reset()}
      title={made ? t("claim.title", { name }) : question}
      withCloseButton={false}
      closeOnClickOutside={!made}
    >
      {make.data === undefined ? (
        <div className="stack">
          <p>{reset ? t("claim.resetText") : t("claim.newText")}</p>
          {make.isError && <Problem error={make.error} />}
          <div className="actions actions-end">
            <Button variant="default" onClick={onClose}>
              {t("app.cancel")}
            </Button>
            <Button data-autofocus loading={make.isPending} onClick={() => make.mutate()}>
              {t("claim.make")}
            </Button>
          </div>
        </div>
      ) : (
        <Made link={make.data} onClose={onClose} />
      )}
    </Modal>
  );
}

function Made({ link, onClose }: { readonly link: ClaimLink; readonly onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const address = new URL(link.url, window.location.origin).href;
  return (
    <div className="stack">
      <p>{t("claim.text", { name: link.name })}</p>
      <SecretText label={t("claim.link")} text={address} />
      <p className="quiet small">{t("claim.until", { when: when(link.expiresAt, i18n.language) })}</p>
      <div className="actions actions-end">
        <Button variant="default" onClick={onClose}>
          {t("claim.done")}
        </Button>
        <CopyButton text={address} label={t("claim.copy")} variant="filled" />
      </div>
    </div>
  );
}
