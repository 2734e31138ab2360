import { useElementSize } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { cumsum, sum } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { useState, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Span, StageName } from '@/shared/api/types';
import { BottomAxis } from '@/shared/chart/Axis';
import { Tip, type TipState } from '@/shared/chart/Tip';
import { useFormat } from '@/shared/format/useFormat';
import type { StageWord } from '../stageWord';
import classes from './Gantt.module.css';
import type { Bar, StageRow } from './layout';

interface Props {
  rows: StageRow[];
  nameOf: (span: Span) => string;
  /** What is said of a stage that has no bar. */
  wordOf: (stage: StageName) => StageWord;
  reach: number;
  nowAt: number | null;
  folded: ReadonlySet<StageName>;
  onToggle: (stage: StageName) => void;
}

const rowHeight = 34;
const barHeight = 16;
const laneHeight = 10;
const laneStep = 13;
const axisHeight = 26;

export function Gantt({ rows, nameOf, wordOf, reach, nowAt, folded, onToggle }: Props) {
  const { t } = useTranslation(['pipelines', 'common']);
  const format = useFormat();
  const { ref, width } = useElementSize();
  const [tip, setTip] = useState<TipState | null>(null);
  const labels = width < 520 ? 112 : 150;
  const x = scaleLinear([0, reach], [labels, Math.max(labels + 40, width - 34)]);
  const isOpen = (row: StageRow): boolean => row.children > 0 && !folded.has(row.stage);
  const tall = (row: StageRow): number => rowHeight + (isOpen(row) ? row.lanes.length * laneStep + 4 : 0);
  const bottoms = cumsum(rows, tall);
  const placed = rows.map((row, index) => ({ row, top: 4 + (bottoms[index] ?? 0) - tall(row) }));
  const height = 4 + sum(rows, tall);

  const show = (bar: Bar) => (event: PointerEvent<SVGRectElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (box === undefined) return;
    setTip({
      x: event.clientX - box.left,
      y: event.clientY - box.top + 14,
      content: <BarWords bar={bar} name={nameOf(bar.span)} />,
    });
  };
  const drawBar = (bar: Bar, y: number, tall: number) => (
    <rect
      key={bar.span.id}
      className={classes.bar}
      data-kind={bar.kind}
      data-open={bar.open}
      x={x(bar.from)}
      // Even the shortest thing that happened can be seen and pointed at.
      width={Math.max(2, x(bar.to) - x(bar.from))}
      y={y}
      height={tall}
      rx={2.5}
      onPointerMove={show(bar)}
      onPointerLeave={() => setTip(null)}
    />
  );

  return (
    <div ref={ref} className={classes.box} dir="ltr">
      {width > 0 && (
        <svg
          data-chart
          width={width}
          height={height + axisHeight}
          role="img"
          aria-label={t('timeline.title')}
          className={classes.svg}
        >
          <BottomAxis
            scale={x}
            ticks={x.ticks(width < 520 ? 3 : 7)}
            format={format.duration}
            at={height}
            reach={height}
          />
          {placed.map(({ row, top }) => (
            <g key={row.stage} data-testid={`timeline-${row.stage}`}>
              <text className={classes.label} x={row.children > 0 ? 20 : 4} y={top + rowHeight / 2} dy="0.35em">
                {t(`stage.${row.stage}`)}
              </text>
              {row.bars.length === 0 && (
                <text className={classes.waiting} x={labels + 4} y={top + rowHeight / 2} dy="0.35em">
                  {t(`common:state.${wordOf(row.stage)}`)}
                </text>
              )}
              {row.bars.map((bar) => drawBar(bar, top + (rowHeight - barHeight) / 2, barHeight))}
              {isOpen(row) &&
                row.lanes.map((lane, index) =>
                  lane.map((bar) => drawBar(bar, top + rowHeight - 2 + index * laneStep, laneHeight)),
                )}
            </g>
          ))}
          {nowAt !== null && <line className={classes.now} x1={x(nowAt)} x2={x(nowAt)} y1={0} y2={height} />}
        </svg>
      )}
      {placed
        .filter(({ row }) => row.children > 0)
        .map(({ row, top }) => (
          <button
            key={row.stage}
            type="button"
            className={classes.toggle}
            style={{ insetBlockStart: top + 3, inlineSize: labels - 6 }}
            aria-expanded={isOpen(row)}
            aria-label={t('timeline.parts', { stage: t(`stage.${row.stage}`), count: row.children })}
            onClick={() => onToggle(row.stage)}
          >
            <IconChevronRight size={14} aria-hidden />
          </button>
        ))}
      <Tip tip={tip} width={width} />
    </div>
  );
}

function BarWords({ bar, name }: { bar: Bar; name: string }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  return (
    <>
      <strong>{name}</strong>
      <div className="muted">
        {t(`span.${bar.kind}`)} · {format.duration(bar.to - bar.from)}
        {bar.open && ` · ${t('timeline.running')}`}
      </div>
      <div className="muted tnum">
        {format.time(bar.span.start)}
        {bar.span.end !== null && ` – ${format.time(bar.span.end)}`}
      </div>
    </>
  );
}
