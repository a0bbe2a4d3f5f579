import { useTranslation } from "react-i18next";
import type { ServerView } from "../../../src/contract/index.ts";
import { useHome } from "../api/queries.ts";
import type { StartView, StepView } from "../logic/timeline.ts";
import { downloadSize } from "../logic/words.ts";
import { Bar } from "../parts/bar.tsx";
import { CheckIcon, CrossIcon } from "../parts/icons.tsx";
import { Lasting } from "../parts/since.tsx";
import styles from "./starting.module.css";

interface Props {
  readonly view: StartView;
  readonly server: ServerView;
}

/** The steps in order, each with what it does, how far it is and how long it took. */
export function Steps({ view, server }: Props) {
  const { t } = useTranslation();
  return (
    <ol className={`card ${styles.steps}`} aria-label={t("starting.steps")}>
      {view.steps.map((step) => (
        <li
          key={step.step}
          className={styles.step}
          data-status={step.status}
          aria-current={step.status === "active" ? "step" : undefined}
        >
          <span className={styles.sign} aria-hidden="true">
            {step.status === "done" && <CheckIcon />}
            {step.status === "failed" && <CrossIcon />}
          </span>
          <div className={styles.body}>
            <div className={styles.head}>
              <span className={styles.name}>{t(`starting.step.${step.step}`)}</span>
              <span className="visually-hidden">{t(`starting.status.${step.status}`)}</span>
              {step.began !== null && (
                <span className={styles.time}>
                  <Lasting from={step.began} to={step.ended} />
                </span>
              )}
            </div>
            <p className={`${styles.message} break`}>{step.message ?? t(`starting.what.${step.step}`)}</p>
            {step.status === "active" && step.step === "image" && <ImageBar step={step} reference={server.image} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Bytes of the step itself, or of the hub's own build or pull that the start waits for. */
function ImageBar({ step, reference }: { readonly step: StepView; readonly reference: string | null }) {
  const { t, i18n } = useTranslation();
  const home = useHome();
  const image = home.data?.images.find(
    (one) => one.reference === reference && one.state !== "ready" && one.state !== "failed",
  );
  const done = step.bytesDone ?? image?.bytesDone ?? null;
  const total = step.bytesTotal ?? image?.bytesTotal ?? null;
  const fraction = done !== null && total !== null && total > 0 ? done / total : (image?.fraction ?? null);
  const words = done === null ? null : bytesWords(done, total);
  function bytesWords(bytes: number, all: number | null): string {
    const size = downloadSize(bytes, i18n.language);
    return all === null
      ? t("image.bytesOnly", { done: size })
      : t("image.bytes", { done: size, total: downloadSize(all, i18n.language) });
  }
  return (
    <div className={styles.image}>
      <Bar label={t("starting.step.image")} fraction={fraction} {...(words === null ? {} : { valueText: words })} />
      {words !== null && <p className="small quiet number">{words}</p>}
      {image !== undefined && image.message !== step.message && <p className="small quiet break">{image.message}</p>}
    </div>
  );
}
