import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { scaleLinear } from 'd3-scale';
import { curveStepAfter, line } from 'd3-shape';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Metric, Pipeline } from '@/shared/api/types';
import { BottomAxis, LeftAxis } from '@/shared/chart/Axis';
import { ChartFrame } from '@/shared/chart/ChartFrame';
import { colourByAlgorithm } from '@/shared/chart/palette';
import { Tip, type TipState } from '@/shared/chart/Tip';
import { useFormat } from '@/shared/format/useFormat';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import { isMetric } from '@/shared/lib/metrics';
import { ErrorNotice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { trialsQuery } from '../api';
import classes from './Chart.module.css';
import { bestSoFar, scored, scoreDomain, type Scored } from './series';
import { TrialWords } from './TrialWords';

const height = 240;
const margin = { top: 8, right: 12, bottom: 26, left: 58 };

/** Every trial's score, and how the best one improved. */
export function TrialsChart({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation(['pipelines', 'common']);
  const title = useAlgorithmTitle();
  const query = useQuery(trialsQuery(pipeline.id));
  const trials = query.data ?? [];
  const points = scored(trials);
  // Where it was left to the data, the metric is known before the first trial.
  const metric = isMetric(pipeline.metric) ? pipeline.metric : null;
  const names = Array.from(new Set(trials.map((trial) => trial.algorithm))).sort();
  return (
    <ChartFrame
      title={t('trials.title')}
      hint={metric !== null && t('trials.hint', { metric: t(`metric.${metric}`), count: points.length })}
      fileName={`${pipeline.name}-trials`}
      testId="trials"
      table={{
        head: [t('trials.number'), t('trials.algorithm'), t('trials.state'), t('trials.score'), t('trials.std')],
        rows: points.map(({ trial, score }) => [
          trial.number,
          title(trial.algorithm),
          t(`common:state.${trial.state}`),
          score,
          trial.std,
        ]),
      }}
    >
      {hasFailed(query) ? (
        <ErrorNotice error={query.error} retry={query.refetch} />
      ) : query.isPending ? (
        <RowsSkeleton rows={4} />
      ) : points.length === 0 || metric === null ? (
        <p className="muted">{t('trials.none')}</p>
      ) : (
        <>
          <Scatter points={points} metric={metric} names={names} />
          <ul className={classes.legend}>
            {names.map((name) => (
              <li key={name}>
                <span className={classes.dot} style={{ background: colourByAlgorithm(names)(name) }} aria-hidden />
                {title(name)}
              </li>
            ))}
            {points.some(({ trial }) => trial.state !== 'succeeded') && (
              <li>
                <span className={classes.hollow} aria-hidden />
                {t('trials.hollow')}
              </li>
            )}
            <li>
              <span className={classes.stroke} aria-hidden />
              {t('trials.best')}
            </li>
          </ul>
        </>
      )}
    </ChartFrame>
  );
}

function Scatter({ points, metric, names }: { points: Scored[]; metric: Metric; names: string[] }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const { ref, width } = useElementSize();
  const [tip, setTip] = useState<TipState | null>(null);
  const colour = colourByAlgorithm(names);
  const last = Math.max(1, ...points.map(({ trial }) => trial.number));
  const x = scaleLinear([-0.5, last + 0.5], [margin.left, Math.max(margin.left + 40, width - margin.right)]);
  const y = scaleLinear(
    scoreDomain(
      points.map((p) => p.score),
      metric,
    ),
    [height - margin.bottom, margin.top],
  ).clamp(true);
  const path = line<{ number: number; best: number }>(
    (step) => x(step.number),
    (step) => y(step.best),
  ).curve(curveStepAfter)(bestSoFar(points, metric));
  return (
    <div ref={ref} className={classes.box} dir="ltr">
      {width > 0 && (
        <svg data-chart width={width} height={height} role="img" aria-label={t('trials.title')}>
          <BottomAxis
            scale={x}
            ticks={x.ticks(width < 500 ? 4 : 8).filter(Number.isInteger)}
            format={format.integer}
            at={height - margin.bottom}
            reach={0}
          />
          <LeftAxis
            scale={y}
            ticks={y.ticks(5)}
            format={(value) => format.number(value)}
            at={margin.left}
            reach={width - margin.left - margin.right}
          />
          {path !== null && <path d={path} className={classes.best} />}
          {points.map(({ trial, score }) => (
            <circle
              key={trial.number}
              className={classes.point}
              cx={x(trial.number)}
              cy={y(score)}
              r={4}
              fill={trial.state === 'succeeded' ? colour(trial.algorithm) : 'none'}
              stroke={colour(trial.algorithm)}
              strokeWidth={1.5}
              onPointerEnter={() =>
                setTip({ x: x(trial.number), y: y(score) + 10, content: <TrialWords trial={trial} /> })
              }
              onPointerLeave={() => setTip(null)}
            />
          ))}
        </svg>
      )}
      <Tip tip={tip} width={width} />
    </div>
  );
}
