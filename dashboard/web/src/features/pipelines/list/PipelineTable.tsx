import { useTranslation } from 'react-i18next';
import type { Pipeline } from '@/shared/api/types';
import { useNow } from '@/shared/lib/useNow';
import { isFinal } from '../live/applyEvent';
import { PipelineRow } from './PipelineRow';
import classes from './PipelineTable.module.css';

export function PipelineTable({ pipelines }: { pipelines: Pipeline[] }) {
  const { t } = useTranslation('pipelines');
  const active = pipelines.some((pipeline) => !isFinal(pipeline.state));
  const now = useNow(true, active ? 1_000 : 30_000);
  return (
    <table className={`table ${classes.table ?? ''}`} aria-label={t('list.title')}>
      <thead>
        <tr>
          <th scope="col">{t('list.name')}</th>
          <th scope="col">{t('list.state')}</th>
          <th scope="col">{t('list.progress')}</th>
          <th scope="col" className="num">
            {t('list.score')}
          </th>
          <th scope="col" className="num">
            {t('list.duration')}
          </th>
          <th scope="col">{t('list.started')}</th>
        </tr>
      </thead>
      <tbody>
        {pipelines.map((pipeline) => (
          <PipelineRow key={pipeline.id} pipeline={pipeline} now={now} />
        ))}
      </tbody>
    </table>
  );
}
