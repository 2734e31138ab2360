import { Button, Select, Stack } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { ApiError } from '@/shared/api/errors';
import type { Dataset, Profile } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { defaultMetric, metricsFor } from '@/shared/lib/metrics';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { useCreatePipeline } from '../api';
import { AdvancedOptions } from './AdvancedOptions';
import { BudgetField } from './BudgetField';
import {
  columnsUsed,
  effectiveTask,
  fewestRows,
  isAdvancedField,
  isLeftOut,
  obstacleOf,
  rowsWithTarget,
  toSpec,
  withFittingMetric,
  withTarget,
  type Draft,
} from './draft';
import classes from './TrainForm.module.css';

interface Props {
  dataset: Dataset;
  profile: Profile;
  draft: Draft;
  onChange: (draft: Draft) => void;
  cloneOf: string | null;
}

const tasks = ['auto', 'binary', 'multiclass', 'regression'] as const;

export function TrainForm({ dataset, profile, draft, onChange, cloneOf }: Props) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const navigate = useNavigate();
  const create = useCreatePipeline();
  const [advanced, setAdvanced] = useState(false);
  const task = effectiveTask(draft, profile);
  const spec = toSpec(draft, dataset.id, dataset.version, profile);
  const obstacle = obstacleOf(draft, profile);
  const leftOut = profile.columns.filter((column) => isLeftOut(draft, column)).map(({ name }) => name);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (spec === null || obstacle !== null) return;
    create.mutate(
      { spec, cloneOf },
      {
        onSuccess: (pipeline) => void navigate(`/pipelines/${pipeline.id}`),
        onError: (error) => {
          if (error instanceof ApiError && isAdvancedField(error.failure.field)) setAdvanced(true);
        },
      },
    );
  };
  const change = (part: Partial<Draft>): void => onChange({ ...draft, ...part });

  return (
    <Panel title={t(cloneOf === null ? 'train.title' : 'train.cloneTitle')} hint={t('train.lead')} testId="train-form">
      <form onSubmit={submit} aria-label={t('train.title')}>
        <Stack gap="md">
          <Select
            label={t('train.target')}
            description={t('train.targetHint')}
            placeholder={t('train.targetPlaceholder')}
            searchable
            allowDeselect={false}
            required
            withAsterisk={false}
            data={profile.columns.map((column) => column.name)}
            value={draft.target}
            nothingFoundMessage={t('train.noColumn')}
            onChange={(target) => onChange(withTarget(draft, target, profile))}
          />
          <Select
            label={t('train.task')}
            allowDeselect={false}
            value={draft.task}
            data={tasks.map((value) => ({
              value,
              label:
                value === 'auto' && task !== null
                  ? t('train.autoIs', { value: t(`task.${task}`) })
                  : t(`task.${value}`),
            }))}
            onChange={(value) => {
              const next = tasks.find((name) => name === value) ?? 'auto';
              onChange(withFittingMetric({ ...draft, task: next }, profile));
            }}
          />
          <Select
            label={t('train.metric')}
            allowDeselect={false}
            value={draft.metric}
            data={[
              {
                value: 'auto',
                label:
                  task === null ? t('task.auto') : t('train.autoIs', { value: t(`metric.${defaultMetric(task)}`) }),
              },
              ...(task === null ? [] : metricsFor(task).map((value) => ({ value, label: t(`metric.${value}`) }))),
            ]}
            onChange={(value) =>
              change({ metric: metricsFor(task ?? 'multiclass').find((m) => m === value) ?? 'auto' })
            }
          />
          <BudgetField seconds={draft.seconds} onChange={(seconds) => change({ seconds })} />
          <div className={classes.columns} data-testid="columns-used">
            {t('train.columns', { count: columnsUsed(draft, profile) })}
            {leftOut.length > 0 && <span className="muted"> {t('train.excluded', { names: leftOut.join(', ') })}</span>}
          </div>
          <AdvancedOptions
            draft={draft}
            profile={profile}
            onChange={change}
            opened={advanced}
            onToggle={() => setAdvanced(!advanced)}
          />
          {create.isError && <ErrorNotice error={create.error} />}
          <div>
            <Button
              type="submit"
              fullWidth
              size="md"
              disabled={obstacle !== null}
              loading={create.isPending}
              leftSection={<IconPlayerPlay size={17} />}
            >
              {t('train.submit')}
            </Button>
            <p className={classes.note}>
              {obstacle === null
                ? t('train.estimate', { duration: format.duration(draft.seconds) })
                : t(`train.obstacle.${obstacle}`, { needed: fewestRows, rows: rowsWithTarget(draft, profile) })}
            </p>
          </div>
        </Stack>
      </form>
    </Panel>
  );
}
