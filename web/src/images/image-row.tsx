import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { Trans, useTranslation } from "react-i18next";
import type { EngineImageView } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { isOfThisHost, namesToShow } from "../logic/images.ts";
import { downloadSize } from "../logic/words.ts";
import { useAnnounce } from "../parts/announcer.tsx";
import { Problem } from "../parts/problem.tsx";
import { Ago } from "../parts/since.tsx";
import own from "./images.module.css";
import { usePull } from "./use-images.ts";

interface Props {
  readonly image: EngineImageView;
  /** Absent: it is the program's own and not to be removed here. */
  readonly onRemove?: () => void;
}

/** One image: its names, its size, and why it is here. */
export function ImageRow({ image, onRemove }: Props) {
  const { t, i18n } = useTranslation();
  const announce = useAnnounce();
  const pull = usePull();
  const names = namesToShow(image.references);
  const [name] = names;
  const shown = name ?? t("images.nameless");
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        {name === undefined && <span className={`${styles.name} quiet`}>{t("images.nameless")}</span>}
        {names.map((reference) => (
          <span key={reference} className={`${styles.name} break`}>
            {reference}
          </span>
        ))}
        <p className="quiet small number">
          {downloadSize(image.sizeBytes, i18n.language)}
          {image.created !== null && (
            <>
              {" · "}
              <Trans i18nKey="images.made" components={{ time: <Ago iso={image.created} /> }} />
            </>
          )}
          {!image.ours && ` · ${jupyterhubWords(t, image)}`}
        </p>
        <Reasons image={image} />
        <details className={own.digests}>
          <summary>{t("images.details")}</summary>
          <code className="break small">{[image.id, ...image.digests].join("\n")}</code>
        </details>
        {pull.isError && <Problem error={pull.error} />}
      </div>
      {onRemove !== undefined && (
        <div className={`actions ${own.buttons}`}>
          {name !== undefined && !isOfThisHost(name) && (
            <Button
              variant="subtle"
              size="sm"
              loading={pull.isPending}
              aria-label={t("images.fetchAgainOf", { name })}
              onClick={() => pull.mutate(name, { onSuccess: () => announce(t("images.fetching", { name })) })}
            >
              {t("images.fetchAgain")}
            </Button>
          )}
          <Button
            variant="subtle"
            color="red"
            size="sm"
            aria-label={t("images.removeOf", { name: shown })}
            onClick={onRemove}
          >
            {t("images.remove")}
          </Button>
        </div>
      )}
    </li>
  );
}

/** A page that said nothing would look as if the image had none. */
function jupyterhubWords(t: TFunction, { jupyterhub, jupyterhubKnown }: EngineImageView): string {
  if (jupyterhub !== null) return t("images.jupyterhub", { version: jupyterhub });
  return t(jupyterhubKnown ? "images.noJupyterhub" : "images.jupyterhubUnknown");
}

/** Who runs it, and what of the configuration names it: the reasons why it stays. */
function Reasons({ image: { usedBy, namedBy, ours } }: { readonly image: EngineImageView }) {
  const { t } = useTranslation();
  if (ours) return null;
  if (usedBy.length === 0 && namedBy.length === 0) return <p className="quiet small">{t("images.unused")}</p>;
  return (
    <ul className={own.reasons}>
      {usedBy.length > 0 && (
        <li className="break" data-tone="on">
          {t("images.usedBy", {
            who: usedBy.map(({ user, server }) => (server === "" ? user : `${user}/${server}`)).join(", "),
          })}
        </li>
      )}
      {namedBy.map((place) => (
        <li key={place} className="break">
          {t("images.namedBy", { place })}
        </li>
      ))}
    </ul>
  );
}
