import { sum } from 'd3-array';
import { useTranslation } from 'react-i18next';
import type { Confusion } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Panel } from '@/shared/ui/Panel';
import classes from './ConfusionMatrix.module.css';

/** Beyond this share the cell is dark enough that its words turn over. */
const darkFrom = 0.55;

/** Real classes down, predicted ones across; a cell is as strong as its share of the real class. */
export function ConfusionMatrix({ confusion }: { confusion: Confusion }) {
  const { t } = useTranslation('models');
  const format = useFormat();
  const { labels, matrix } = confusion;
  return (
    <Panel title={t('confusion.title')} hint={t('confusion.hint')} testId="confusion">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrollable by keyboard */}
      <div className={classes.box} tabIndex={0} role="region" aria-label={t('confusion.title')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th className={classes.corner} scope="col">
                {t('confusion.real')} ↓ · {t('confusion.predicted')} →
              </th>
              {labels.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.map((row, i) => (
              <tr key={labels[i]}>
                <th scope="row">{labels[i]}</th>
                {row.map((count, j) => {
                  const share = count / Math.max(1, sum(row));
                  return (
                    <td
                      key={labels[j]}
                      data-right={i === j}
                      data-dark={share >= darkFrom}
                      style={{ '--share': `${Math.round(share * 100)}%` }}
                    >
                      <span className={classes.count}>{format.integer(count)}</span>
                      <span className={classes.share}>{format.percent(share)}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
