import { max } from 'd3-array';
import { useTranslation } from 'react-i18next';
import type { Importance } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Panel } from '@/shared/ui/Panel';
import classes from './ImportanceBars.module.css';

const shown = 12;

/** Which columns the chosen model leans on: how much the score falls without each. */
export function ImportanceBars({ importance }: { importance: Importance[] }) {
  const { t } = useTranslation('models');
  const format = useFormat();
  const sorted = [...importance].sort((a, b) => b.mean - a.mean).slice(0, shown);
  const longest = max(sorted, (item) => item.mean) ?? 0;
  return (
    <Panel title={t('importance.title')} hint={t('importance.hint')}>
      <ul className={classes.bars}>
        {sorted.map(({ column, mean, std }) => (
          <li key={column}>
            <span className={classes.name} title={column}>
              {column}
            </span>
            <span className={classes.track}>
              <span
                className={classes.bar}
                style={{ inlineSize: `${longest > 0 ? (100 * Math.max(0, mean)) / longest : 0}%` }}
              />
            </span>
            <span className={classes.value}>
              {format.number(mean, 3)} <span className="muted">± {format.number(std, 2)}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
