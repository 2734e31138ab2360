import { Button, Group, Stack } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Deployment, DeploymentVersion } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { Dialog } from '@/shared/ui/Dialog';
import { Panel } from '@/shared/ui/Panel';
import { toast } from '@/shared/ui/toast';
import { useRollback } from './api';

interface Props {
  deployment: Deployment;
  /** Models are another noun: the app brings their names. */
  model: (version: DeploymentVersion) => ReactNode;
}

export function Versions({ deployment, model }: Props) {
  const { t } = useTranslation(['deployments', 'common']);
  const format = useFormat();
  const speaker = useSpeaker();
  const rollback = useRollback(deployment.name);
  const [asking, setAsking] = useState(false);
  const versions = [...deployment.versions].sort((a, b) => b.version - a.version);
  const earlier = versions.find(({ version }) => version < deployment.version);
  const goBack = (): void => {
    setAsking(false);
    rollback.mutate(undefined, {
      onSuccess: () => toast.done(t('versions.done')),
      onError: (error) => toast.failed(speaker.error(error)),
    });
  };
  return (
    <Panel
      flush
      title={t('versions.title')}
      hint={t('versions.hint')}
      actions={
        earlier !== undefined && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconHistory size={15} />}
            loading={rollback.isPending}
            onClick={() => setAsking(true)}
          >
            {t('versions.rollback', { version: earlier.version })}
          </Button>
        )
      }
    >
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('versions.version')}</th>
            <th scope="col">{t('versions.created')}</th>
            <th scope="col">{t('versions.model')}</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((each) => (
            <tr key={each.version} data-testid="version-row">
              <td>
                <strong>v{each.version}</strong>
                {each.version === deployment.version && <span className="muted"> · {t('versions.active')}</span>}
              </td>
              <td className="muted">{format.dateTime(each.created_at)}</td>
              <td>{model(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Dialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('versions.ask', { version: earlier?.version ?? 0 })}
      >
        <Stack>
          <span>{t('versions.askText')}</span>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('common:action.cancel')}
            </Button>
            <Button onClick={goBack} data-autofocus>
              {t('versions.confirm')}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </Panel>
  );
}
