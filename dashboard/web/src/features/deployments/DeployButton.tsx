import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { useDeploy } from './api';

interface Props {
  modelId: string;
  suggestedName: string;
}

/** Puts any model of a leaderboard behind an endpoint; the same name makes its next version. */
export function DeployButton({ modelId, suggestedName }: Props) {
  const { t } = useTranslation(['deployments', 'common']);
  const navigate = useNavigate();
  const deploy = useDeploy();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState(suggestedName);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    deploy.mutate({ model_id: modelId, name }, { onSuccess: () => void navigate(`/deployments/${name}`) });
  };
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={() => setOpened(true)}>
        {t('deploy.action')}
      </Button>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={t('deploy.title')}>
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label={t('deploy.name')}
              description={t('deploy.nameHint')}
              required
              withAsterisk={false}
              pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
              maxLength={63}
              value={name}
              data-autofocus
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {deploy.isError && <ErrorNotice error={deploy.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={() => setOpened(false)}>
                {t('common:action.cancel')}
              </Button>
              <Button type="submit" loading={deploy.isPending}>
                {t('deploy.action')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
