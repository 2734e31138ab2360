import { SegmentedControl, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconFilterOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { useUrlState } from '@/shared/lib/useUrlState';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { pipelinesQuery } from '../api';
import classes from './PipelinesPage.module.css';
import { PipelineTable } from './PipelineTable';
import { ServiceStrip } from './ServiceStrip';

const filters = ['all', 'running', 'queued', 'succeeded', 'failed', 'cancelled'] as const;

interface Props {
  actions: ReactNode;
  /** What a new user sees: how to begin belongs to datasets, so the app brings it. */
  welcome: ReactNode;
}

export function PipelinesPage({ actions, welcome }: Props) {
  const { t } = useTranslation('pipelines');
  const [filter, setFilter] = useUrlState('state', filters, 'all');
  const list = useInfiniteQuery(pipelinesQuery(filter === 'all' ? null : filter));
  const pipelines = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isNew = filter === 'all' && list.isSuccess && pipelines.length === 0;
  return (
    <>
      <PageHeader title={t('list.title')} meta={t('list.lead')} actions={actions} />
      <Stack gap="lg">
        <ServiceStrip />
        {isNew ? (
          welcome
        ) : (
          <div>
            <div className={classes.filters}>
              <SegmentedControl
                size="xs"
                aria-label={t('filter.label')}
                value={filter}
                onChange={(value) => setFilter(filters.find((name) => name === value) ?? 'all')}
                data={filters.map((value) => ({ value, label: t(`filter.${value}`) }))}
              />
            </div>
            <Panel flush>
              {list.isPending ? (
                <RowsSkeleton rows={6} />
              ) : hasFailed(list) ? (
                <ErrorNotice error={list.error} retry={list.refetch} />
              ) : pipelines.length === 0 ? (
                <EmptyState icon={<IconFilterOff size={22} stroke={1.6} />} title={t('filter.none')} />
              ) : (
                <>
                  <PipelineTable pipelines={pipelines} />
                  <LoadMore {...list} />
                </>
              )}
            </Panel>
          </div>
        )}
      </Stack>
    </>
  );
}
