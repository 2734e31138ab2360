import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog';
import { ErrorNotice } from './Notice';

interface Props {
  opened: boolean;
  /** A question that names the thing. */
  title: string;
  /** What goes with it and what stays. */
  text: ReactNode;
  /** The mutation that deletes. */
  remove: { isPending: boolean; error: unknown; mutate: () => void; reset: () => void };
  /** What the buttons say; "delete" and "cancel" if not given. */
  confirm?: string;
  keep?: string;
  /** Closes it and gives the focus back to where it was opened. */
  onClose: () => void;
}

/** Asks before something is gone for good. Nothing happens by a key alone: the focus begins on "cancel". */
export function DeleteDialog({ opened, title, text, remove, confirm, keep, onClose }: Props) {
  const { t } = useTranslation();
  const close = (): void => {
    remove.reset();
    onClose();
  };
  return (
    <Dialog opened={opened} onClose={close} title={title} returnFocus={false}>
      <Stack>
        <div>{text}</div>
        {remove.error !== null && <ErrorNotice error={remove.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {keep ?? t('action.cancel')}
          </Button>
          <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
            {confirm ?? t('action.delete')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
