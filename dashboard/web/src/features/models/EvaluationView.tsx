import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconChartDots, IconFileText } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import { reportUrl } from '@/shared/api/http';
import { isCaution, type Evaluation, type Message, type Pipeline } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import { EmptyState } from '@/shared/ui/EmptyState';
import { MessageList } from '@/shared/ui/MessageList';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { evaluationQuery, leaderboardQuery } from './api';
import { ConfusionMatrix } from './ConfusionMatrix';
import classes from './EvaluationView.module.css';
import { ImportanceBars } from './ImportanceBars';
import { ModelFiles } from './ModelFiles';
import { MetricsTable } from './MetricsTable';
import { Plots } from './Plots';

export function EvaluationView({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation('models');
  const ready = pipeline.stages.some((stage) => stage.name === 'evaluate' && stage.state === 'succeeded');
  const query = useQuery(evaluationQuery(pipeline.id, ready));
  if (!ready) {
    return (
      <Panel>
        <EmptyState
          icon={<IconChartDots size={22} stroke={1.6} />}
          title={t(pipeline.state === 'cancelled' ? 'evaluation.cancelled' : 'evaluation.empty')}
        >
          {t(pipeline.state === 'cancelled' ? 'evaluation.cancelledText' : 'evaluation.emptyText')}
        </EmptyState>
      </Panel>
    );
  }
  if (hasFailed(query)) return <ErrorNotice error={query.error} retry={query.refetch} />;
  if (query.data === undefined) return <RowsSkeleton rows={8} />;
  const { cautions = pipeline.warnings.filter(isCaution) } = query.data;
  return <Numbers evaluation={query.data} cautions={cautions} pipelineId={pipeline.id} />;
}

interface NumbersProps {
  evaluation: Evaluation;
  cautions: Message[];
  pipelineId: string;
}

function Numbers({ evaluation, cautions, pipelineId }: NumbersProps) {
  const { t, i18n } = useTranslation('models');
  const speaker = useSpeaker();
  const title = useAlgorithmTitle();
  const [params, setParams] = useSearchParams();
  const leaderboard = useQuery(leaderboardQuery(pipelineId));
  const wanted = params.get('model') ?? evaluation.chosen_model_id;
  const model = evaluation.models.find(({ model_id: id }) => id === wanted) ?? evaluation.models[0];
  if (model === undefined) return null;
  const nameOf = (id: string, algorithm: string | undefined): string => {
    const row = leaderboard.data?.find(({ model_id: other }) => other === id);
    const known = row?.algorithm ?? algorithm;
    const name = known === undefined ? id : title(known, row?.algorithm_title);
    return row?.rank == null ? name : `${row.rank}. ${name}`;
  };
  const choose = (id: string | null): void =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (id === null || id === evaluation.chosen_model_id) after.delete('model');
      else after.set('model', id);
      return after;
    });
  // The plots are of the chosen model, whose table and bars are here whenever it is looked at.
  const chosen = evaluation.models.find(({ model_id: id }) => id === evaluation.chosen_model_id);
  const drawn = [
    ...(chosen?.confusion == null ? [] : ['confusion']),
    ...(chosen?.importance === undefined || chosen.importance.length === 0 ? [] : ['importance']),
  ];
  return (
    <div className={classes.page} data-testid="evaluation">
      <div className={classes.bar}>
        <Select
          aria-label={t('evaluation.model')}
          w={280}
          allowDeselect={false}
          value={model.model_id}
          data={evaluation.models.map((m) => ({ value: m.model_id, label: nameOf(m.model_id, m.algorithm) }))}
          onChange={choose}
        />
        <div className={classes.files}>
          <Button
            component="a"
            href={reportUrl(pipelineId, i18n.language)}
            target="_blank"
            rel="noreferrer"
            variant="default"
            leftSection={<IconFileText size={16} />}
          >
            {t('evaluation.report')}
          </Button>
          <ModelFiles
            modelId={model.model_id}
            name={nameOf(model.model_id, model.algorithm)}
            card={model.model_id === evaluation.chosen_model_id}
          />
        </div>
      </div>
      {cautions.length > 0 && (
        <Notice tone="warn" title={t('evaluation.cautions')}>
          <MessageList messages={cautions} />
        </Notice>
      )}
      {evaluation.verdict != null && <Notice>{speaker.message(evaluation.verdict)}</Notice>}
      <div className={classes.columns}>
        <MetricsTable
          metrics={model.metrics}
          decisive={evaluation.metric}
          rows={evaluation.rows_test}
          positive={evaluation.positive_class ?? null}
        />
        <div className={classes.page}>
          {model.confusion != null && <ConfusionMatrix confusion={model.confusion} />}
          {model.importance !== undefined && model.importance.length > 0 && (
            <ImportanceBars importance={model.importance} />
          )}
        </div>
      </div>
      <Plots pipelineId={pipelineId} without={drawn} />
    </div>
  );
}
