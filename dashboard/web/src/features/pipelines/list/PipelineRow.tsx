import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Pipeline } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { isMetric } from '@/shared/lib/metrics';
import { ProgressBar } from '@/shared/ui/ProgressBar';
import { StateChip, toneOf } from '@/shared/ui/StateChip';
import { isFinal } from '../live/applyEvent';
import { placeOf } from '../queue';
import { scoreKind } from '../scoreKind';
import { currentStage } from './currentStage';
import classes from './PipelineTable.module.css';

/** Seconds between start and end, or until now while it runs. */
export function ranFor(pipeline: Pipeline, now: number): number | null {
  if (pipeline.started_at === null) return null;
  const end = pipeline.finished_at === null ? now : Date.parse(pipeline.finished_at);
  return Math.max(0, (end - Date.parse(pipeline.started_at)) / 1000);
}

export function PipelineRow({ pipeline, now }: { pipeline: Pipeline; now: number }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const stage = currentStage(pipeline);
  const place = placeOf(pipeline);
  const dataset = pipeline.dataset_name === '' ? t('datasetDeleted') : pipeline.dataset_name;
  const seconds = ranFor(pipeline, now);
  const begun = pipeline.started_at ?? pipeline.created_at;
  return (
    <tr className="row-link" data-testid="pipeline-row">
      <td className={classes.name}>
        <Link to={`/pipelines/${pipeline.id}`} className="row-target">
          {pipeline.name}
        </Link>
        <div className={classes.sub}>{t('list.from', { dataset, target: pipeline.target })}</div>
      </td>
      <td className={classes.state}>
        <StateChip state={pipeline.state} />
      </td>
      <td className={classes.progress}>
        {isFinal(pipeline.state) ? (
          <span className="muted">{pipeline.state === 'succeeded' ? t('list.done') : '—'}</span>
        ) : (
          <>
            <div className={classes.stage}>
              <span>
                {place !== null ? t('queue.place', { place }) : stage === null ? '' : t(`stage.${stage.name}`)}
              </span>
              <span className="tnum">{format.percent(pipeline.progress)}</span>
            </div>
            <ProgressBar
              value={pipeline.progress}
              tone={toneOf(pipeline.state)}
              label={t('progressOf', { name: pipeline.name })}
            />
          </>
        )}
      </td>
      <td className="num" data-label={t('list.score')}>
        {pipeline.best_score === null ? (
          <span className="muted">—</span>
        ) : (
          <>
            {format.score(pipeline.best_score)}
            <div className={classes.sub}>
              {isMetric(pipeline.metric) && `${t(`metric.${pipeline.metric}`)} · `}
              {t(`list.scoreOf.${scoreKind(pipeline)}`)}
            </div>
          </>
        )}
      </td>
      <td className="num" data-label={t('list.duration')}>
        {seconds === null ? '—' : format.duration(pipeline.finished_at === null ? Math.floor(seconds) : seconds)}
      </td>
      <td className={classes.when} data-label={t('list.started')}>
        <time dateTime={begun} title={format.dateTime(begun)}>
          {format.relative(begun, now)}
        </time>
      </td>
    </tr>
  );
}
