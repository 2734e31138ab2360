import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconBug, IconInfoCircle, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { stageNames, type LogLevel, type LogLine } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { useUrlState } from '@/shared/lib/useUrlState';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { logsQuery } from '../api';
import classes from './LogPanel.module.css';

const levels = ['all', 'info', 'warn', 'error'] as const;
const ranks: Record<LogLevel | 'all', number> = { all: 0, debug: 0, info: 1, warn: 2, error: 3 };
const icons: Record<LogLevel, typeof IconX> = {
  debug: IconBug,
  info: IconInfoCircle,
  warn: IconAlertTriangle,
  error: IconX,
};

export function LogPanel({ pipelineId }: { pipelineId: string }) {
  const { t } = useTranslation('pipelines');
  const [level, setLevel] = useUrlState('level', levels, 'all');
  const [stage, setStage] = useUrlState('stage', ['all', ...stageNames], 'all');
  const logs = useQuery(logsQuery(pipelineId));
  const lines = (logs.data ?? []).filter(
    (line) => ranks[line.level] >= ranks[level] && (stage === 'all' || line.stage === stage),
  );
  return (
    <Panel
      title={t('log.title')}
      hint={t('log.count', { count: lines.length })}
      actions={
        <div className={classes.filters}>
          <Select
            size="xs"
            w={150}
            aria-label={t('log.stage')}
            allowDeselect={false}
            value={stage}
            data={[
              { value: 'all', label: t('log.allStages') },
              ...stageNames.map((value) => ({ value, label: t(`stage.${value}`) })),
            ]}
            onChange={(value) => setStage(stageNames.find((name) => name === value) ?? 'all')}
          />
          <SegmentedControl
            size="xs"
            aria-label={t('log.level')}
            value={level}
            data={levels.map((value) => ({ value, label: t(`log.levels.${value}`) }))}
            onChange={(value) => setLevel(levels.find((name) => name === value) ?? 'all')}
          />
        </div>
      }
    >
      {hasFailed(logs) ? (
        <ErrorNotice error={logs.error} retry={logs.refetch} />
      ) : logs.isPending ? (
        <RowsSkeleton />
      ) : lines.length === 0 ? (
        <p className="muted">{t('log.none')}</p>
      ) : (
        <ol className={classes.lines}>
          {lines.map((line) => (
            <Line key={line.seq} line={line} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Line({ line }: { line: LogLine }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const speaker = useSpeaker();
  const Icon = icons[line.level];
  return (
    <li className={classes.line} data-level={line.level}>
      <time dateTime={line.at} className={classes.time} title={format.dateTime(line.at)}>
        {format.time(line.at)}
      </time>
      <Icon size={14} role="img" aria-label={t(`log.levels.${line.level}`)} className={classes.icon} />
      <span className={classes.stage}>{line.stage === null ? '' : t(`stage.${line.stage}`)}</span>
      <span className={classes.text}>{speaker.message(line.message)}</span>
    </li>
  );
}
