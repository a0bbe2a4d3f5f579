import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { Problem } from "./problem.tsx";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  readonly confirm: string;
  readonly cancel: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly error?: unknown;
  readonly onConfirm: () => void;
}

/** A question with its consequence in words. Enter in a field confirms, Escape leaves everything as it is. */
export function Confirm(props: Props) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title} withCloseButton={false}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (props.disabled !== true) props.onConfirm();
        }}
      >
        {props.children}
        {Boolean(props.error) && <Problem error={props.error} />}
        <div className="actions actions-end">
          <Button variant="default" onClick={props.onClose}>
            {props.cancel}
          </Button>
          <Button
            type="submit"
            color={props.danger === true ? "red" : "accent"}
            loading={props.busy === true}
            disabled={props.disabled === true}
            data-autofocus={props.danger === true ? undefined : true}
          >
            {props.confirm}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
