import { Button, Group, Menu, Stack, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef, useState, type ReactNode, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Dataset } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { MoreMenu } from '@/shared/ui/MoreMenu';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { MetaLine, PageHeader } from '@/shared/ui/PageHeader';
import { StateChip } from '@/shared/ui/StateChip';
import { useDeleteDataset, useRenameDataset, versionsQuery } from './api';
import { useUpload } from './upload/UploadContext';

interface Props {
  dataset: Dataset;
  /** How to share it is another noun: the app brings it. */
  share?: ReactNode;
  /** So are its pipelines: what becomes of them when it is deleted. */
  pipelines?: ReactNode;
}

export function DatasetHeader({ dataset, share, pipelines }: Props) {
  const { t } = useTranslation(['datasets', 'common']);
  const format = useFormat();
  const navigate = useNavigate();
  const upload = useUpload();
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null);
  const remove = useDeleteDataset(dataset.id, () => navigate('/datasets'));
  const menu = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setDialog(null);
    menu.current?.focus();
  };
  const { rows, columns, version } = dataset;
  // The dataset's own date is that of its first file.
  const several = (dataset.newest?.version ?? version) > 1;
  const versions = useInfiniteQuery({ ...versionsQuery(dataset.id), enabled: several });
  const used = versions.data?.pages.flatMap((page) => page.items).find((one) => one.version === version);
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
              several ? `v${version}` : null,
              several && version > 1 && used === undefined
                ? null
                : format.dateTime(used?.created_at ?? dataset.created_at),
            ]}
          />
        }
        actions={
          <>
            {share}
            <MoreMenu ref={menu} onDelete={() => setDialog('delete')}>
              <Menu.Item onClick={() => setDialog('rename')}>{t('rename.action')}</Menu.Item>
              <Menu.Item onClick={() => upload.pick(dataset)}>{t('versions.add')}</Menu.Item>
              <Menu.Item component="a" href={`/api/v1/datasets/${dataset.id}/download`}>
                {t('download')}
              </Menu.Item>
            </MoreMenu>
          </>
        }
      />
      {dialog === 'rename' && <RenameDialog dataset={dataset} onClose={close} />}
      <DeleteDialog
        opened={dialog === 'delete'}
        title={t('delete.title', { name: dataset.name })}
        text={
          <>
            {t('delete.text')}
            {pipelines}
          </>
        }
        remove={remove}
        onClose={close}
      />
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
    <Dialog opened onClose={onClose} title={t('rename.action')}>
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
    </Dialog>
  );
}
