import { TextInput } from "@mantine/core";
import { useEffect, useRef } from "react";

/** Something shown once, to be copied: takes the focus when it appears, and is selected whole. */
export function SecretText({ label, text }: { readonly label: string; readonly text: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <TextInput
      ref={input}
      label={label}
      value={text}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--mono)", fontSize: "0.875rem", background: "var(--sunken)" } }}
    />
  );
}
