import { useInfiniteQuery } from '@tanstack/react-query';
import { IconRocket } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import type { Deployment } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useNow } from '@/shared/lib/useNow';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { StateChip } from '@/shared/ui/StateChip';
import { deploymentsQuery } from './api';

export function DeploymentsPage() {
  const { t } = useTranslation('deployments');
  const list = useInfiniteQuery(deploymentsQuery);
  const deployments = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader title={t('list.title')} meta={t('list.lead')} />
      <Panel flush>
        {list.isPending ? (
          <RowsSkeleton />
        ) : hasFailed(list) ? (
          <ErrorNotice error={list.error} retry={list.refetch} />
        ) : deployments.length === 0 ? (
          <EmptyState icon={<IconRocket size={22} stroke={1.6} />} title={t('empty.title')}>
            {t('empty.text')}
          </EmptyState>
        ) : (
          <>
            <DeploymentTable deployments={deployments} />
            <LoadMore {...list} />
          </>
        )}
      </Panel>
    </>
  );
}

function DeploymentTable({ deployments }: { deployments: Deployment[] }) {
  const { t } = useTranslation(['deployments', 'pipelines']);
  const format = useFormat();
  const now = useNow(true, 30_000);
  return (
    <div className="scroll-x">
      <table className="table" aria-label={t('list.title')}>
        <thead>
          <tr>
            <th scope="col">{t('list.name')}</th>
            <th scope="col">{t('list.state')}</th>
            <th scope="col">{t('list.target')}</th>
            <th scope="col">{t('list.task')}</th>
            <th scope="col" className="num">
              {t('list.version')}
            </th>
            <th scope="col">{t('list.path')}</th>
            <th scope="col">{t('list.updated')}</th>
          </tr>
        </thead>
        <tbody>
          {deployments.map((deployment) => (
            <tr key={deployment.name} className="row-link">
              <td>
                <Link to={`/deployments/${deployment.name}`} className="row-target">
                  {deployment.name}
                </Link>
              </td>
              <td>
                <StateChip state={deployment.state} />
              </td>
              <td>{deployment.target ?? '—'}</td>
              <td className="muted">{deployment.task === null ? '—' : t(`pipelines:task.${deployment.task}`)}</td>
              <td className="num">v{deployment.version}</td>
              <td className="mono muted">{deployment.url}</td>
              <td className="muted">
                <time dateTime={deployment.updated_at} title={format.dateTime(deployment.updated_at)}>
                  {format.relative(deployment.updated_at, now)}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
