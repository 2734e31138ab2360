import { IconCheck, IconUserCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportOutcome, ImportReport, ImportRow } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { Chip, type Tone } from '@/shared/ui/Chip';
import { Notice } from '@/shared/ui/Notice';
import { MetaLine } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import classes from './ImportPage.module.css';
import { countOf, inOrder } from './table';

const looks: Record<ImportOutcome, { tone: Tone; Icon: typeof IconX }> = {
  created: { tone: 'ok', Icon: IconCheck },
  kept: { tone: 'idle', Icon: IconUserCheck },
  failed: { tone: 'bad', Icon: IconX },
};

interface Props {
  report: ImportReport;
  file: string;
  /** The button that does it, if it can be done. */
  action: ReactNode;
}

/** What becomes of a table, row by row. */
export function ReportPanel({ report, file, action }: Props) {
  const { t } = useTranslation('people');
  const outcomes = (['created', 'kept', 'failed'] as const).filter((outcome) => countOf(report, outcome) > 0);
  const refused = outcomes.includes('failed');
  const tense = report.applied ? 'was' : 'would';
  return (
    <Panel
      flush
      title={t(report.applied ? 'import.done' : 'import.report', { name: file })}
      hint={
        <MetaLine
          items={outcomes.map((outcome) => t(`import.${tense}Count.${outcome}`, { count: countOf(report, outcome) }))}
        />
      }
      actions={action}
      testId="import-report"
    >
      {refused && (
        <div className={classes.notice}>
          <Notice tone="bad">{t('import.failed')}</Notice>
        </div>
      )}
      <div className="scroll-x">
        <table className="table one-line" aria-label={t('import.rows')}>
          <thead>
            <tr>
              <th scope="col" className="num">
                {t('import.row')}
              </th>
              <th scope="col">{t('username')}</th>
              <th scope="col">{t('import.outcome')}</th>
              {refused && <th scope="col">{t('import.reason')}</th>}
            </tr>
          </thead>
          <tbody>
            {inOrder(report.rows).map((row) => (
              <Line key={row.row} row={row} tense={tense} refused={refused} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface LineProps {
  row: ImportRow;
  tense: 'was' | 'would';
  /** Whether any row is, so that there are reasons to read. */
  refused: boolean;
}

function Line({ row, tense, refused }: LineProps) {
  const { t } = useTranslation('people');
  const format = useFormat();
  const speaker = useSpeaker();
  const { tone, Icon } = looks[row.outcome];
  return (
    <tr>
      <td className="num muted">{format.integer(row.row)}</td>
      <td className="mono">{row.username === '' ? '—' : row.username}</td>
      <td>
        <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
          {t(`import.${tense}.${row.outcome}`)}
        </Chip>
      </td>
      {refused && <td className={classes.reason}>{row.error === null ? '' : speaker.failure(row.error)}</td>}
    </tr>
  );
}
