import { Button, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconDatabase, IconUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { datasetsQuery } from './api';
import { DatasetTable } from './DatasetTable';
import { DemoCards } from './DemoCards';
import { DropZone } from './upload/DropZone';
import { useUpload } from './upload/UploadContext';

export function DatasetsPage() {
  const { t } = useTranslation('datasets');
  const upload = useUpload();
  const list = useInfiniteQuery(datasetsQuery);
  const datasets = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader
        title={t('list.title')}
        meta={t('list.lead')}
        actions={
          <Button leftSection={<IconUpload size={16} />} onClick={() => upload.pick()}>
            {t('upload.button')}
          </Button>
        }
      />
      <Stack gap="lg">
        <DropZone />
        <Panel flush>
          {list.isPending ? (
            <RowsSkeleton />
          ) : hasFailed(list) ? (
            <ErrorNotice error={list.error} retry={list.refetch} />
          ) : datasets.length === 0 ? (
            <EmptyState icon={<IconDatabase size={22} stroke={1.6} />} title={t('empty.title')}>
              {t('empty.text')}
            </EmptyState>
          ) : (
            <>
              <DatasetTable datasets={datasets} />
              <LoadMore {...list} />
            </>
          )}
        </Panel>
        <DemoCards />
      </Stack>
    </>
  );
}
