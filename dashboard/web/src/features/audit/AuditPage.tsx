import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconDownload, IconListSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { download } from '@/shared/chart/exportChart';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { auditQuery } from './api';
import { AuditFilters } from './AuditFilters';
import { AuditTable } from './AuditTable';
import { auditCsv } from './csv';
import { useFilter } from './useFilter';

/** What was done and refused, newest first. */
export function AuditPage() {
  const { t } = useTranslation('audit');
  const filter = useFilter();
  const list = useInfiniteQuery(auditQuery(filter.asked));
  const entries = list.data?.pages.flatMap((page) => page.items) ?? [];
  const save = (): void => {
    const [day = ''] = new Date().toISOString().split('T');
    download(auditCsv(entries), `audit-${day}.csv`, 'text/csv');
  };
  return (
    <>
      <PageHeader
        title={t('title')}
        meta={t('lead')}
        actions={
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            disabled={entries.length === 0}
            title={t('downloadHint')}
            onClick={save}
          >
            {t('download')}
          </Button>
        }
      />
      <AuditFilters filter={filter} />
      <Panel flush>
        {hasFailed(list) ? (
          <ErrorNotice error={list.error} retry={list.refetch} />
        ) : list.isPending ? (
          <RowsSkeleton rows={8} />
        ) : entries.length === 0 ? (
          <EmptyState icon={<IconListSearch size={22} stroke={1.6} />} title={t('none')} />
        ) : (
          <>
            <AuditTable entries={entries} />
            <LoadMore {...list} />
          </>
        )}
      </Panel>
    </>
  );
}
