import type { TopValue } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import classes from './ColumnCard.module.css';

const shown = 4;
/** The longest bar ends before the shares, in percent of the card. */
const widest = 80;

/** The most frequent values with their share of all rows. */
export function TopValues({ top, rows }: { top: TopValue[]; rows: number }) {
  const format = useFormat();
  return (
    <ul className={classes.top}>
      {top.slice(0, shown).map(({ value, count }) => (
        <li key={value}>
          <span className={classes.topBar} style={{ inlineSize: `${(widest * count) / Math.max(1, rows)}%` }} />
          <span className={classes.topValue} title={value}>
            {value}
          </span>
          <span className={classes.topShare}>{format.percent(count / Math.max(1, rows))}</span>
        </li>
      ))}
    </ul>
  );
}
