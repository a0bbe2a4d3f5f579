import { Trans, useTranslation } from "react-i18next";
import type { ImageStatus } from "../../../src/contract/index.ts";
import styles from "../admin/admin.module.css";
import { downloadSize } from "../logic/words.ts";
import { Bar } from "../parts/bar.tsx";
import { Lasting } from "../parts/since.tsx";
import own from "./images.module.css";

/** An image on its way to this host, or why it did not come. */
export function PullRow({ status }: { readonly status: ImageStatus }) {
  const { t, i18n } = useTranslation();
  const { reference, state, message, fraction, bytesDone, bytesTotal, since } = status;
  const size = (bytes: number): string => downloadSize(bytes, i18n.language);
  const bytes =
    bytesDone === null
      ? ""
      : bytesTotal === null
        ? t("image.bytesOnly", { done: size(bytesDone) })
        : t("image.bytes", { done: size(bytesDone), total: size(bytesTotal) });
  return (
    <li className={styles.row}>
      <div className={styles.about}>
        <span className={`${styles.name} break`}>{reference}</span>
        {state === "failed" ? (
          <p className={`${own.failed} break`} role="alert">
            {message}
          </p>
        ) : (
          <div className={own.pull}>
            <Bar label={t("images.pulling", { name: reference })} fraction={fraction} valueText={bytes} />
            <p className="quiet small number">
              {[t(`images.state.${state}`), message, bytes].filter(Boolean).join(" · ")}
              {" · "}
              <Trans i18nKey="image.since" components={{ time: <Lasting from={since} to={null} /> }} />
            </p>
          </div>
        )}
      </div>
    </li>
  );
}
