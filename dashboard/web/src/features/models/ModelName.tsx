import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { useAlgorithmTitle } from '@/shared/lib/algorithms';
import { leaderboardQuery } from './api';

interface Props {
  modelId: string;
  /** Whose leaderboard knows it; null when that pipeline is no more. */
  pipelineId: string | null;
}

/** A model as people know it: its algorithm and its score; its id tells it from its like. */
export function ModelName({ modelId, pipelineId }: Props) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const title = useAlgorithmTitle();
  const leaderboard = useQuery({ ...leaderboardQuery(pipelineId ?? ''), enabled: pipelineId !== null });
  const row = leaderboard.data?.find(({ model_id: id }) => id === modelId);
  return (
    <>
      {row !== undefined && (
        <>
          {title(row.algorithm, row.algorithm_title)}
          <span className="muted">
            {' · '}
            {t(`metric.${row.metric}`)} {format.score(row.test_score ?? row.cv_score)}
            {' · '}
          </span>
        </>
      )}
      {/* Ids begin with their time, which models of one run share. */}
      <span className="mono muted" title={modelId}>
        …{modelId.slice(-8)}
      </span>
    </>
  );
}
