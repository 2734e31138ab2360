import { useQuery } from '@tanstack/react-query';
import { IconTrophy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { LeaderboardRow, Pipeline } from '@/shared/api/types';
import { EmptyState } from '@/shared/ui/EmptyState';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { greaterIsBetter } from '@/shared/lib/metrics';
import { evaluationQuery, leaderboardQuery } from './api';
import classes from './Leaderboard.module.css';
import { LeaderboardLine } from './LeaderboardLine';
import { inOrder } from './noise';

interface Props {
  pipeline: Pipeline;
  rowAction: (row: LeaderboardRow) => ReactNode;
}

export function Leaderboard({ pipeline, rowAction }: Props) {
  const { t } = useTranslation(['models', 'pipelines']);
  const query = useQuery(leaderboardQuery(pipeline.id));
  const evaluated = query.data?.some(({ rank }) => rank !== null) ?? false;
  const evaluation = useQuery(evaluationQuery(pipeline.id, evaluated));
  if (hasFailed(query)) return <ErrorNotice error={query.error} retry={query.refetch} />;
  if (query.data === undefined) {
    return (
      <Panel>
        <RowsSkeleton />
      </Panel>
    );
  }
  const rows = inOrder(query.data);
  const first = rows[0];
  if (first === undefined) {
    return (
      <Panel>
        <EmptyState
          icon={<IconTrophy size={22} stroke={1.6} />}
          title={t(pipeline.state === 'cancelled' ? 'leaderboard.cancelled' : 'leaderboard.empty')}
        >
          {t(pipeline.state === 'cancelled' ? 'leaderboard.cancelledText' : 'leaderboard.emptyText')}
        </EmptyState>
      </Panel>
    );
  }
  const metric = t(`pipelines:metric.${first.metric}`);
  return (
    <Panel
      flush
      title={t('leaderboard.title')}
      hint={t(greaterIsBetter(first.metric) ? 'leaderboard.hintHigh' : 'leaderboard.hintLow', { metric })}
      testId="leaderboard"
    >
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard */}
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('leaderboard.title')}>
        <table className={`table ${classes.table ?? ''}`}>
          <thead>
            <tr>
              <th scope="col" className="num">
                {t('leaderboard.rank')}
              </th>
              <th scope="col">{t('leaderboard.algorithm')}</th>
              <th scope="col" className="num">
                {t('leaderboard.cv')}
              </th>
              <th scope="col" className="num">
                {t('leaderboard.test')}
              </th>
              <th scope="col" className="num">
                {t('leaderboard.fit')}
              </th>
              <th scope="col" className="num">
                {t('leaderboard.predict')}
              </th>
              <th scope="col" className="num">
                {t('leaderboard.size')}
              </th>
              <th scope="col">
                <span className="visually-hidden">{t('leaderboard.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <LeaderboardLine
                key={row.model_id}
                row={row}
                first={first}
                verdict={evaluation.data?.verdict}
                action={rowAction(row)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
