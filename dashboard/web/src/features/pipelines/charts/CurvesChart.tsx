import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { useTranslation } from 'react-i18next';
import type { Pipeline } from '@/shared/api/types';
import { BottomAxis, LeftAxis } from '@/shared/chart/Axis';
import { ChartFrame } from '@/shared/chart/ChartFrame';
import { colourByName } from '@/shared/chart/palette';
import { useFormat } from '@/shared/format/useFormat';
import { curvesQuery } from '../api';
import type { CurvePoint, Curves } from '../live/applyEvent';
import classes from './Chart.module.css';
import { padded } from './series';

const height = 220;
const margin = { top: 8, right: 12, bottom: 26, left: 58 };
/** More lines than colours cannot be told apart; the newest are the ones that still move. */
const shownCurves = 6;

/** How scores move while models learn, round by round. */
export function CurvesChart({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation('pipelines');
  const { data: curves = {} } = useQuery(curvesQuery(pipeline.id));
  const labels = Object.keys(curves).slice(-shownCurves);
  // Models without rounds have no curve; an empty frame would only ask a question.
  if (labels.length === 0) return null;
  const colour = colourByName(labels);
  return (
    <ChartFrame
      title={t('curves.title')}
      hint={t('curves.hint')}
      fileName={`${pipeline.name}-curves`}
      testId="curves"
      table={{
        head: [t('curves.label'), t('curves.round'), t('curves.score'), t('curves.train')],
        rows: labels.flatMap((label) => (curves[label] ?? []).map((p) => [label, p.round, p.score, p.train])),
      }}
    >
      <Lines curves={curves} labels={labels} colour={colour} />
      <ul className={classes.legend}>
        {labels.map((label) => (
          <li key={label}>
            <span className={classes.dot} style={{ background: colour(label) }} aria-hidden />
            {label}
          </li>
        ))}
      </ul>
    </ChartFrame>
  );
}

interface LinesProps {
  curves: Curves;
  labels: string[];
  colour: (label: string) => string;
}

function Lines({ curves, labels, colour }: LinesProps) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const { ref, width } = useElementSize();
  const points = labels.flatMap((label) => curves[label] ?? []);
  const scores = points.flatMap((p) => (p.train === null ? [p.score] : [p.score, p.train]));
  const x = scaleLinear(
    [0, Math.max(1, ...points.map((p) => p.round))],
    [margin.left, Math.max(margin.left + 40, width - margin.right)],
  );
  const y = scaleLinear(padded(scores), [height - margin.bottom, margin.top]);
  const draw = (value: (point: CurvePoint) => number | null, label: string): string =>
    line<CurvePoint>(
      (p) => x(p.round),
      (p) => y(value(p) ?? 0),
    ).defined((p) => value(p) !== null)(curves[label] ?? []) ?? '';
  return (
    <div ref={ref} className={classes.box} dir="ltr">
      {width > 0 && (
        <svg data-chart width={width} height={height} role="img" aria-label={t('curves.title')}>
          <BottomAxis
            scale={x}
            ticks={x.ticks(width < 500 ? 4 : 8)}
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
          {labels.map((label) => (
            <g key={label} style={{ stroke: colour(label) }}>
              <path className={classes.curve} d={draw((p) => p.score, label)} />
              <path className={classes.train} d={draw((p) => p.train, label)} />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
