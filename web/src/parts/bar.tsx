import styles from "./parts.module.css";

interface Props {
  readonly label: string;
  /** 0–1, or null when unknown: then the bar only shows that something goes on. */
  readonly fraction: number | null;
  readonly valueText?: string;
}

/** A progress bar with a name and, where known, a value in words. */
export function Bar({ label, fraction, valueText }: Props) {
  const percent = fraction === null ? undefined : Math.round(Math.min(1, Math.max(0, fraction)) * 100);
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={valueText}
      data-unknown={fraction === null || undefined}
    >
      <div style={percent === undefined ? undefined : { width: `${percent}%` }} />
    </div>
  );
}
