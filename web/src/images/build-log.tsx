import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { BuildView } from "../../../src/contract/index.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import parts from "../parts/parts.module.css";
import own from "./images.module.css";
import { useBuildLog } from "./use-build-log.ts";

interface Props {
  readonly id: string;
  readonly onBuild: (build: BuildView) => void;
}

/** Closer to the end than this, the log follows its newest line, px. */
const NEAR = 40;

/** The lines of a build as they are written; newest in sight, unless one reads further up. */
export function BuildLog({ id, onBuild }: Props) {
  const { t } = useTranslation();
  const { text, connected } = useBuildLog(id, onBuild);
  const box = useRef<HTMLElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text, new end
  useEffect(() => {
    if (box.current !== null && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <section className="stack" aria-labelledby="build-log">
      <div className={own.top}>
        <h2 id="build-log">{t("log.title")}</h2>
        {text !== "" && <CopyButton size="sm" text={text} label={t("app.copy")} fullLabel={t("builds.copyLog")} />}
      </div>
      {!connected && <p className="quiet small">{t("app.offline")}</p>}
      {text === "" ? (
        <p className="quiet">{t("log.empty")}</p>
      ) : (
        <section
          ref={box}
          className={`${parts.log} ${own.log}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
          aria-label={t("log.label")}
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
          }}
        >
          <pre>{text}</pre>
        </section>
      )}
    </section>
  );
}
