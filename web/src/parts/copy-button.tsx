import { Button, type ButtonVariant } from "@mantine/core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { CheckIcon, CopyIcon } from "./icons.tsx";

interface Props {
  readonly text: string;
  readonly label: string;
  /** Says more than `label`, for a screen reader in a list of such buttons. */
  readonly fullLabel?: string;
  readonly variant?: ButtonVariant;
  readonly size?: "sm" | "md";
}

/** Copies and says so. Also on plain-http hubs, where browsers have no clipboard interface. */
export function CopyButton({ text, label, fullLabel, variant = "default", size = "md" }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  async function onClick() {
    if (!(await copy(text))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 2500);
  }
  return (
    <>
      <Button
        variant={variant}
        size={size}
        onClick={onClick}
        leftSection={copied ? <CheckIcon /> : <CopyIcon />}
        // What is read must hold what is seen (WCAG 2.5.3).
        {...(copied || fullLabel === undefined ? {} : { "aria-label": fullLabel })}
      >
        {copied ? t("app.copied") : label}
      </Button>
      <span role="status" className="visually-hidden">
        {copied ? t("app.copied") : ""}
      </span>
    </>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The old way; the only one on an address without TLS. */
function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.setAttribute("readonly", "");
  field.className = "visually-hidden";
  // Inside an open dialog, so that its focus trap lets it be selected.
  (before?.parentElement ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
