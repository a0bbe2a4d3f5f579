import { useTranslation } from "react-i18next";
import type { EngineImageView, ImagesView } from "../../../src/contract/index.ts";
import { downloadSize } from "../logic/words.ts";
import { Bar } from "../parts/bar.tsx";
import own from "./images.module.css";

interface Props {
  readonly disk: NonNullable<ImagesView["disk"]>;
  readonly images: readonly EngineImageView[];
}

/** How full the disk is on which the images lie. */
export function DiskBar({ disk: { freeBytes, totalBytes }, images }: Props) {
  const { t, i18n } = useTranslation();
  const size = (bytes: number): string => downloadSize(bytes, i18n.language);
  const words = t("images.free", { free: size(freeBytes), total: size(totalBytes) });
  const taken = images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <div className={own.disk}>
      <Bar label={t("images.disk")} fraction={totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes} valueText={words} />
      <p className="small">
        <span className="number">{words}</span>
        <span className="quiet number"> · {t("images.taken", { count: images.length, size: size(taken) })}</span>
      </p>
    </div>
  );
}
