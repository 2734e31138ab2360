import { queryOptions } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import type { Evaluation, LeaderboardRow, Plot } from '@/shared/api/types';

/** Everything below `['models', pipelineId]` is asked for again when the pipeline stores a model or ends. */
const key = (pipelineId: string, part: string) => ['models', pipelineId, part] as const;

export const leaderboardQuery = (pipelineId: string) =>
  queryOptions({
    queryKey: key(pipelineId, 'leaderboard'),
    queryFn: ({ signal }) => api<LeaderboardRow[]>(`/pipelines/${pipelineId}/leaderboard`, { signal }),
  });

export const evaluationQuery = (pipelineId: string, ready: boolean) =>
  queryOptions({
    queryKey: key(pipelineId, 'evaluation'),
    queryFn: ({ signal }) => api<Evaluation>(`/pipelines/${pipelineId}/evaluation`, { signal }),
    enabled: ready,
  });

export const plotsQuery = (pipelineId: string, ready: boolean) =>
  queryOptions({
    queryKey: key(pipelineId, 'plots'),
    queryFn: async ({ signal }) => (await api<{ items: Plot[] }>(`/pipelines/${pipelineId}/plots`, { signal })).items,
    enabled: ready,
  });
