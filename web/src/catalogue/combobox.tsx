/** A field that filters a long list as one types: the editable combobox of the ARIA authoring practices. */
import { TextInput } from "@mantine/core";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ChevronIcon } from "../parts/icons.tsx";
import styles from "./catalogue.module.css";
import { matching } from "./matching.ts";

/** More are not drawn; typing brings them into sight. */
const SHOWN = 500;
/** By how many options a key of pages moves. */
const PAGE = 7;
/** Height of the line below the options, and of the fewest options that are of use. */
const COUNT_PX = 40;
const LEAST_PX = 96;

interface Props {
  readonly label: string;
  readonly options: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onFocus?: () => void;
}

export function Combobox({ label, options, value, onChange, onFocus }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  /** Null: nothing yet, and the value stands in the field. */
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const found = matching(options, typed ?? "");
  const shown = found.slice(0, SHOWN);
  const at = Math.min(active, shown.length - 1);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another option, another place
  useEffect(() => {
    if (open) showMarked(list.current);
  }, [open, at]);

  useEffect(() => (open ? keepInSight(field.current, list.current) : undefined), [open]);

  function show() {
    if (open) return;
    setOpen(true);
    setActive(Math.max(0, options.slice(0, SHOWN).indexOf(value)));
  }
  function close() {
    setOpen(false);
    setTyped(null);
  }
  function choose(option: string | undefined) {
    close();
    if (option !== undefined && option !== value) onChange(option);
  }
  function onKeyDown(event: KeyboardEvent) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!open) return show();
      if (shown.length > 0) setActive((at + (key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length);
    } else if (open && (key === "PageDown" || key === "PageUp")) {
      event.preventDefault();
      const to = at + (key === "PageDown" ? PAGE : -PAGE);
      setActive(Math.max(0, Math.min(to, shown.length - 1)));
    } else if (open && key === "Enter") {
      // Chooses, and starts nothing yet.
      event.preventDefault();
      choose(shown[at]);
    } else if (open && key === "Escape") {
      event.preventDefault();
      close();
    }
  }
  return (
    <div className={styles.combobox}>
      <TextInput
        ref={field}
        id={id}
        label={label}
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && shown.length > 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed ?? value}
        placeholder={t("catalogue.filter")}
        rightSection={<ChevronIcon />}
        rightSectionPointerEvents="none"
        onFocus={(event) => {
          event.currentTarget.select();
          onFocus?.();
        }}
        onClick={show}
        onChange={(event) => {
          setOpen(true);
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div className={styles.popup} hidden={!open}>
        <div
          ref={list}
          id={`${id}-list`}
          role="listbox"
          aria-label={label}
          className={styles.options}
          hidden={shown.length === 0}
          // The field keeps the focus, so that pressing an option does not close the list first.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
        >
          {open &&
            shown.map((option, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the field, which holds the focus
              // biome-ignore lint/a11y/useFocusableInteractive: the field points to it by aria-activedescendant
              <div
                key={option}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === at}
                className={styles.match}
                data-chosen={option === value || undefined}
                onClick={() => choose(option)}
              >
                {option}
              </div>
            ))}
        </div>
        <p role="status" className={styles.count}>
          {open &&
            (found.length > shown.length
              ? t("catalogue.more", { shown: shown.length, count: found.length })
              : t(typed === null ? "catalogue.all" : "catalogue.found", { count: found.length }))}
        </p>
      </div>
    </div>
  );
}

function showMarked(list: HTMLElement | null): void {
  list?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
}

/** A phone's keyboard covers what is below the field: then the field goes to the top, and the list ends above the keyboard. */
function keepInSight(field: HTMLElement | null, list: HTMLElement | null): (() => void) | undefined {
  const seen = window.visualViewport;
  if (field === null || list === null || seen === null) return undefined;
  const look = () => {
    list.style.maxHeight = "";
    const end = seen.offsetTop + seen.height - COUNT_PX;
    if (list.getBoundingClientRect().bottom <= end) return;
    field.scrollIntoView({ block: "start" });
    const { top, bottom } = list.getBoundingClientRect();
    if (bottom > end) list.style.maxHeight = `${Math.max(end - top, LEAST_PX)}px`;
    showMarked(list);
  };
  look();
  // The keyboard comes after the list.
  seen.addEventListener("resize", look);
  return () => seen.removeEventListener("resize", look);
}
