import { Trans, useTranslation } from "react-i18next";
import type { ImageStatus, ProfileView } from "../../../src/contract/index.ts";
import { downloadSize } from "../logic/words.ts";
import { Bar } from "../parts/bar.tsx";
import { Lasting } from "../parts/since.tsx";
import styles from "./home.module.css";

interface Props {
  readonly image: ImageStatus;
  readonly profiles: readonly ProfileView[];
}

/** The hub's notebook image on its way: what is done, how far, since when. Or why it is not there, for admins. */
export function ImageProgress({ image, profiles }: Props) {
  const { t, i18n } = useTranslation();
  const bytes = useBytes(image);
  if (image.state === "failed") {
    const titles = profiles.filter((profile) => profile.image === image.reference).map(({ title }) => title);
    return (
      <section className={`card ${styles.imageFailed}`} aria-labelledby={`image-${image.reference}`} role="alert">
        <h2 id={`image-${image.reference}`}>{t("image.failed")}</h2>
        <p className="break">{image.message}</p>
        {titles.length > 0 && (
          <p className="break">
            {t("image.usedBy", { count: titles.length, profiles: new Intl.ListFormat(i18n.language).format(titles) })}
          </p>
        )}
        <code className="break quiet small">{image.reference}</code>
      </section>
    );
  }
  const title = t(`image.${image.state}`);
  return (
    <section className={`card ${styles.image}`} aria-labelledby={`image-${image.reference}`}>
      <h2 id={`image-${image.reference}`}>{title}</h2>
      <Bar label={title} fraction={image.fraction} valueText={[bytes, image.message].filter(Boolean).join(". ")} />
      <p className={styles.imageFacts}>
        <span className="break">{image.message}</span>
        <span className="number">
          {bytes !== "" && <>{bytes} · </>}
          <Trans i18nKey="image.since" components={{ time: <Lasting from={image.since} to={null} /> }} />
        </span>
      </p>
      <p className="quiet">{t("image.wait")}</p>
      <code className="break quiet small">{image.reference}</code>
    </section>
  );
}

function useBytes({ bytesDone, bytesTotal }: ImageStatus): string {
  const { t, i18n } = useTranslation();
  if (bytesDone === null) return "";
  const done = downloadSize(bytesDone, i18n.language);
  if (bytesTotal === null) return t("image.bytesOnly", { done });
  return t("image.bytes", { done, total: downloadSize(bytesTotal, i18n.language) });
}
