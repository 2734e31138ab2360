import { Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NewUserAnswer } from '@/shared/api/types';
import { CodeBlock } from '@/shared/ui/CodeBlock';
import { Dialog } from '@/shared/ui/Dialog';
import { Notice } from '@/shared/ui/Notice';

/** A new password, shown now and never again: so only the button closes it, not a click beside it. */
export function PasswordOnce({ answer, onClose }: { answer: NewUserAnswer; onClose: () => void }) {
  const { t } = useTranslation('people');
  const { password, user, pending } = answer;
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('password.of', { name: user.username })}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Notice tone="warn">{t(password === null ? 'password.lost' : 'password.once')}</Notice>
        {password !== null && <CodeBlock code={password} label={t('password.label')} />}
        {password !== null && <span className="muted">{t('password.then')}</span>}
        {pending != null && <Notice>{t('requests.asked')}</Notice>}
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {t(password === null ? 'password.close' : 'password.seen')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
