import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Dataset } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { ErrorNotice } from '@/shared/ui/Notice';
import { MetaLine, PageHeader } from '@/shared/ui/PageHeader';
import { StateChip } from '@/shared/ui/StateChip';
import { toast } from '@/shared/ui/toast';
import { useDeleteDataset, useRenameDataset } from './api';

export function DatasetHeader({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation(['datasets', 'common']);
  const format = useFormat();
  const speaker = useSpeaker();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null);
  const remove = useDeleteDataset(dataset.id);
  const { rows, columns } = dataset;
  return (
    <>
      <PageHeader
        title={dataset.name}
        parent={{ to: '/datasets', label: t('list.title') }}
        aside={dataset.state === 'ready' ? undefined : <StateChip state={dataset.state} />}
        meta={
          <MetaLine
            items={[
              rows === null ? null : t('rows', { count: rows, shown: format.integer(rows) }),
              columns === null ? null : t('columns', { count: columns }),
              format.bytes(dataset.bytes),
              format.dateTime(dataset.created_at),
            ]}
          />
        }
        actions={
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size="lg" aria-label={t('common:action.moreActions')}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setDialog('rename')}>{t('rename.action')}</Menu.Item>
              <Menu.Item component="a" href={`/api/v1/datasets/${dataset.id}/download`}>
                {t('download')}
              </Menu.Item>
              <Menu.Item color="red" onClick={() => setDialog('delete')}>
                {t('delete.action')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        }
      />
      {dialog === 'rename' && <RenameDialog dataset={dataset} onClose={() => setDialog(null)} />}
      <Modal
        opened={dialog === 'delete'}
        onClose={() => setDialog(null)}
        title={t('delete.title', { name: dataset.name })}
      >
        <Stack>
          <span>{t('delete.text')}</span>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setDialog(null)} data-autofocus>
              {t('common:action.cancel')}
            </Button>
            <Button
              color="red"
              loading={remove.isPending}
              onClick={() =>
                remove.mutate(undefined, {
                  onSuccess: () => void navigate('/datasets'),
                  onError: (error) => toast.failed(speaker.error(error)),
                })
              }
            >
              {t('delete.action')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function RenameDialog({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const { t } = useTranslation(['datasets', 'common']);
  const [name, setName] = useState(dataset.name);
  const rename = useRenameDataset(dataset.id);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    rename.mutate(name.trim(), { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={t('rename.action')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('list.name')}
            required
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            data-autofocus
          />
          {rename.isError && <ErrorNotice error={rename.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={rename.isPending}>
              {t('common:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
