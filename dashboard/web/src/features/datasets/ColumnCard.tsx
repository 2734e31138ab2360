import { IconAbc, IconCalendar, IconCategory, IconFingerprint, IconHash, IconToggleLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ColumnKind, ColumnProfile } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { MessageList } from '@/shared/ui/MessageList';
import classes from './ColumnCard.module.css';
import { MiniHistogram } from './MiniHistogram';
import { TopValues } from './TopValues';

const icons: Record<ColumnKind, typeof IconHash> = {
  numeric: IconHash,
  categorical: IconCategory,
  boolean: IconToggleLeft,
  datetime: IconCalendar,
  text: IconAbc,
  id: IconFingerprint,
};

interface Props {
  column: ColumnProfile;
  rows: number;
  role: 'target' | 'used' | 'excluded';
  /** Whether the column takes part: the training form owns it. */
  control?: ReactNode;
}

export function ColumnCard({ column, rows, role, control }: Props) {
  const { t } = useTranslation('datasets');
  const format = useFormat();
  const Icon = icons[column.kind];
  const missing = column.missing / Math.max(1, rows);
  // Every value of an id is of its own, so its most frequent ones say nothing.
  const picture =
    column.kind === 'id' ? null : column.histogram !== null ? (
      <MiniHistogram histogram={column.histogram} name={column.name} dates={column.kind === 'datetime'} />
    ) : (
      <TopValues top={column.top} rows={rows} />
    );
  return (
    <article className={classes.card} data-role={role} aria-label={column.name} data-testid="column-card">
      <header className={classes.head}>
        <h3 className={classes.name} title={column.name}>
          {column.name}
        </h3>
        {control}
      </header>
      <div className={classes.kind}>
        <Icon size={14} stroke={1.8} aria-hidden />
        {t(`kind.${column.kind}`)}
      </div>
      <div className={classes.picture}>{picture}</div>
      <dl className={classes.stats}>
        <div data-alarm={missing > 0.2}>
          <dt>{t('column.missing')}</dt>
          <dd>{missing > 0 && missing < 0.01 ? `< ${format.percent(0.01)}` : format.percent(missing)}</dd>
        </div>
        <div>
          <dt>{t('column.unique')}</dt>
          <dd>{format.integer(column.unique)}</dd>
        </div>
        {column.quantiles !== null && column.kind === 'numeric' && (
          <div>
            <dt>{t('column.median')}</dt>
            <dd>{format.number(column.quantiles.p50)}</dd>
          </div>
        )}
      </dl>
      <MessageList messages={column.warnings} />
    </article>
  );
}
