import { Button, Group, Stack } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker, useNavigate } from 'react-router';
import { download } from '@/shared/chart/exportChart';
import { Dialog } from '@/shared/ui/Dialog';
import { Notice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { isGuarded, passwordsCsv, type NewAccount } from './table';

/** New passwords, to be carried away now and never again: whoever leaves without them is asked. */
export function PasswordsOnce({ accounts }: { accounts: NewAccount[] }) {
  const { t } = useTranslation(['people', 'common']);
  const navigate = useNavigate();
  const [taken, setTaken] = useState(false);
  const blocker = useBlocker(!taken);
  useEffect(() => {
    if (taken) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [taken]);
  const save = (): void => {
    download(passwordsCsv(accounts), 'passwords.csv', 'text/csv');
    setTaken(true);
  };
  return (
    <Panel title={t('import.passwords', { count: accounts.length })}>
      <Stack gap="sm">
        <Notice tone="warn">{t('import.once')}</Notice>
        {accounts.some(isGuarded) && <Notice>{t('import.guarded')}</Notice>}
        <Group gap="xs">
          <Button variant={taken ? 'default' : 'filled'} leftSection={<IconDownload size={16} />} onClick={save}>
            {t('import.download')}
          </Button>
          {/* Nothing knows them any longer once this page is left. */}
          {taken && <Button onClick={() => void navigate('/people')}>{t('import.saved')}</Button>}
        </Group>
      </Stack>
      <Dialog
        opened={blocker.state === 'blocked'}
        onClose={() => blocker.reset?.()}
        title={t('import.leave')}
        returnFocus={false}
      >
        <Stack>
          <span>{t('import.leaveText')}</span>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
              {t('import.stay')}
            </Button>
            <Button color="red.9" onClick={() => blocker.proceed?.()}>
              {t('import.leaveAnyway')}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </Panel>
  );
}
