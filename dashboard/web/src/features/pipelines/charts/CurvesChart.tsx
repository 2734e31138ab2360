import { Select } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { extent } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Pipeline } from '@/shared/api/types';
import { BottomAxis, LeftAxis } from '@/shared/chart/Axis';
import { ChartFrame } from '@/shared/chart/ChartFrame';
import { colourByName } from '@/shared/chart/palette';
import { useFormat } from '@/shared/format/useFormat';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import { curvesQuery } from '../api';
import { foldCount } from '../fits';
import { useFitWords } from '../fitWords';
import { noCurves, type CurvePoint, type Fit } from '../live/curves';
import classes from './Chart.module.css';
import { algorithmOf, inFoldOrder, padded, roundsOf, straight } from './series';

const height = 220;
const margin = { top: 8, right: 16, bottom: 42, left: 70 };
/** More lines than colours cannot be told apart; the newest are the ones that still move. */
const shownCurves = 6;

/** How losses move while models learn, round by round: a line for each fit, a colour for each name. */
export function CurvesChart({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation('pipelines');
  const title = useAlgorithmTitle();
  const { task } = pipeline;
  const { data: curves = noCurves } = useQuery(curvesQuery(pipeline.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const algorithms = Array.from(new Set(curves.fits.map((fit) => algorithmOf(fit.label))));
  // A tree added and an epoch are different things: one axis holds one algorithm only.
  const algorithm = algorithms.find((name) => name === chosen) ?? algorithms[0];
  const own = curves.fits.filter((fit) => algorithmOf(fit.label) === algorithm);
  const words = useFitWords(foldCount(pipeline, curves.fits));
  const names = Array.from(new Set(own.map(words)));
  // Models without rounds have no curve; an empty frame would only ask a question.
  if (algorithm === undefined) return null;
  const newest = names.slice(-shownCurves);
  const fits = inFoldOrder(own).filter((fit) => newest.includes(words(fit)));
  const shown = Array.from(new Set(fits.map(words)));
  // By all names, so that a line keeps its colour when another one appears.
  const colourOf = colourByName(names);
  const colour = (fit: Fit): string => colourOf(words(fit));
  const trained = fits.some((fit) => fit.points.some((point) => point.train !== null));
  return (
    <ChartFrame
      title={t('curves.title')}
      hint={t(trained ? 'curves.hintTrain' : 'curves.hint')}
      fileName={`${pipeline.name}-curves`}
      testId="curves"
      actions={
        algorithms.length > 1 && (
          <Select
            size="xs"
            w={200}
            aria-label={t('curves.choose')}
            allowDeselect={false}
            value={algorithm}
            data={algorithms.map((name) => ({ value: name, label: title(name) }))}
            onChange={setChosen}
          />
        )
      }
      table={{
        head: [t('curves.label'), t('curves.round'), t('curves.score'), t('curves.train')],
        rows: curves.fits.flatMap((fit) => fit.points.map((p) => [words(fit), p.round, p.score, p.train])),
      }}
    >
      <Lines
        fits={fits}
        colour={colour}
        rounds={t(`curves.rounds.${roundsOf(algorithm)}`)}
        // Of classes every fit tells its log loss; of numbers each algorithm has a loss of its own.
        loss={t(task === 'binary' || task === 'multiclass' ? 'curves.logLoss' : 'curves.loss')}
      />
      <ul className={classes.legend}>
        {shown.map((name) => (
          <li key={name}>
            <span className={classes.dot} style={{ background: colourOf(name) }} aria-hidden />
            {name}
          </li>
        ))}
      </ul>
    </ChartFrame>
  );
}

interface LinesProps {
  fits: Fit[];
  colour: (fit: Fit) => string;
  /** What a step of the lower axis is. */
  rounds: string;
  /** What the left axis measures. */
  loss: string;
}

function Lines({ fits, colour, rounds, loss }: LinesProps) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const { ref, width } = useElementSize();
  const points = fits.flatMap((fit) => fit.points);
  const [from = 0, to = 1] = extent(points, (p) => p.round);
  const x = scaleLinear(
    [from, Math.max(from + 1, to)],
    [margin.left, Math.max(margin.left + 40, width - margin.right)],
  );
  const scores = points.flatMap((p) => (p.train === null ? [p.score] : [p.score, p.train]));
  const y = scaleLinear(padded(scores), [height - margin.bottom, margin.top]);
  const atRound = (point: CurvePoint): number => x(point.round);
  return (
    <div ref={ref} className={classes.box} dir="ltr">
      {width > 0 && (
        <svg data-chart width={width} height={height} role="img" aria-label={t('curves.title')}>
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
          <text
            className={classes.axisName}
            x={(margin.left + width - margin.right) / 2}
            y={height - 6}
            textAnchor="middle"
          >
            {rounds}
          </text>
          <text
            className={classes.axisName}
            transform={`translate(11,${(margin.top + height - margin.bottom) / 2}) rotate(-90)`}
            textAnchor="middle"
          >
            {loss}
          </text>
          {fits.map((fit, index) => (
            <g key={index} style={{ stroke: colour(fit) }}>
              <path className={classes.curve} d={straight(fit.points, atRound, (p) => y(p.score))} />
              <path
                className={classes.train}
                d={straight(fit.points, atRound, (p) => (p.train === null ? null : y(p.train)))}
              />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}
