import { max } from 'd3-array';
import { useTranslation } from 'react-i18next';
import type { Histogram } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import classes from './ColumnCard.module.css';

const width = 240;
const height = 48;

interface Props {
  histogram: Histogram;
  name: string;
  /** The edges are seconds since the epoch. */
  dates: boolean;
}

/** How the numbers are spread. Each bar has its interval and count as a native tooltip. */
export function MiniHistogram({ histogram, name, dates }: Props) {
  const { t } = useTranslation('datasets');
  const format = useFormat();
  const { edges, counts } = histogram;
  const tallest = max(counts) ?? 0;
  const step = width / Math.max(1, counts.length);
  const span = (edges.at(-1) ?? 0) - (edges[0] ?? 0);
  const edge = (index: number): string =>
    dates ? format.epoch(edges[index] ?? 0, span) : format.number(edges[index] ?? 0);
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className={classes.histogram}
        role="img"
        aria-label={t('column.histogram', { name, from: edge(0), to: edge(edges.length - 1) })}
      >
        {counts.map((count, index) => {
          // A bin with any row at all stays visible.
          const tall = count === 0 || tallest === 0 ? 0 : Math.max(1.5, (count / tallest) * height);
          return (
            <rect
              key={index}
              x={index * step + 0.6}
              width={Math.max(1, step - 1.2)}
              y={height - tall}
              height={tall}
              rx={1}
            >
              <title>{`${edge(index)} – ${edge(index + 1)} : ${format.integer(count)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className={classes.range}>
        <span>{edge(0)}</span>
        <span>{edge(edges.length - 1)}</span>
      </figcaption>
    </figure>
  );
}
