import { SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { ColumnProfile, Dataset, Profile } from '@/shared/api/types';
import { useUrlState } from '@/shared/lib/useUrlState';
import { MessageList } from '@/shared/ui/MessageList';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { previewQuery } from './api';
import { ColumnCard } from './ColumnCard';
import { ColumnList } from './ColumnList';
import classes from './DatasetPage.module.css';
import { FormatFacts } from './FormatFacts';
import { RowsTable } from './RowsTable';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';

export type ColumnRole = 'target' | 'used' | 'excluded';

interface Props {
  dataset: Dataset;
  profile: Profile;
  roleOf: (column: ColumnProfile) => ColumnRole;
  control: (column: ColumnProfile) => ReactNode;
  /** The training form: another noun, so the app brings it. */
  side: ReactNode;
}

/** Beyond this a card for each column is a page that nobody reads. */
const manyColumns = 40;

const views = ['columns', 'rows'] as const;

export function DatasetPage({ dataset, profile, roleOf, control, side }: Props) {
  const { t } = useTranslation('datasets');
  const [view, setView] = useUrlState('view', views, 'columns');
  const excluded = new Set(profile.columns.filter((c) => roleOf(c) === 'excluded').map((c) => c.name));
  return (
    <div className={classes.split}>
      <Stack gap="md" className={classes.main}>
        <div className={classes.bar}>
          <SegmentedControl
            size="xs"
            aria-label={t('view.label')}
            value={view}
            onChange={(value) => setView(value === 'rows' ? 'rows' : 'columns')}
            data={views.map((value) => ({ value, label: t(`view.${value}`) }))}
          />
          <FormatFacts dataset={dataset} />
        </div>
        {profile.warnings.length > 0 && (
          <Notice tone="warn" title={t('warnings')}>
            <MessageList messages={profile.warnings} />
          </Notice>
        )}
        {view === 'columns' && profile.columns.length > manyColumns ? (
          <>
            <h2 className="visually-hidden">{t('view.columns')}</h2>
            <ColumnList columns={profile.columns} rows={profile.rows} roleOf={roleOf} control={control} />
          </>
        ) : view === 'columns' ? (
          <div className={classes.grid}>
            <h2 className="visually-hidden">{t('view.columns')}</h2>
            {profile.columns.map((column) => (
              <ColumnCard
                key={column.name}
                column={column}
                rows={profile.rows}
                role={roleOf(column)}
                control={control(column)}
              />
            ))}
          </div>
        ) : (
          <PreviewRows dataset={dataset} excluded={excluded} />
        )}
      </Stack>
      <aside className={classes.side}>{side}</aside>
    </div>
  );
}

function PreviewRows({ dataset, excluded }: { dataset: Dataset; excluded: ReadonlySet<string> }) {
  const { t } = useTranslation('datasets');
  const preview = useQuery(previewQuery(dataset.id, dataset.version, dataset.state === 'ready'));
  if (hasFailed(preview)) return <ErrorNotice error={preview.error} retry={preview.refetch} />;
  if (preview.data === undefined) return <RowsSkeleton rows={8} />;
  const { columns, rows } = preview.data;
  return (
    <div>
      <RowsTable columns={columns} rows={rows} label={t('view.rows')} dimmed={excluded} />
      <p className={classes.note}>{t('preview.shown', { count: rows.length })}</p>
    </div>
  );
}
