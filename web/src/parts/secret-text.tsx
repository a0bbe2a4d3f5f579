import { TextInput } from "@mantine/core";

/** Something shown once, to be copied: a press selects it whole. */
export function SecretText({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <TextInput
      label={label}
      value={text}
      readOnly
      data-autofocus
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--mono)", fontSize: "0.875rem", background: "var(--sunken)" } }}
    />
  );
}
