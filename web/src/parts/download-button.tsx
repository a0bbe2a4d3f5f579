import { Button } from "@mantine/core";

interface Props {
  readonly text: string;
  readonly type: string;
  /** Name of the file. */
  readonly name: string;
  readonly label: string;
}

/** Gives a text as a file; it never leaves the browser. */
export function DownloadButton({ text, type, name, label }: Props) {
  function onClick() {
    const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  }
  return (
    <Button variant="default" onClick={onClick}>
      {label}
    </Button>
  );
}
