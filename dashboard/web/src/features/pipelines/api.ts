import {
  infiniteQueryOptions,
  queryOptions,
  skipToken,
  useMutation,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { LogLine, Page, Pipeline, PipelineSpec, PipelineState, Span, Trial } from '@/shared/api/types';
import { asChanges } from './create/draft';
import { markFresh } from './live/freshness';
import type { Curves } from './live/curves';
import { askForPlaces } from './queue';

export const pipelineKeys = {
  lists: ['pipelines', 'list'] as const,
  one: (id: string) => ['pipelines', 'one', id] as const,
  part: (id: string, part: 'timeline' | 'trials' | 'logs' | 'curves') => ['pipelines', 'part', id, part] as const,
};

export const pipelinesQuery = (state: PipelineState | null, limit = 50) =>
  infiniteQueryOptions({
    queryKey: [...pipelineKeys.lists, { state, limit }],
    queryFn: ({ pageParam, signal }) =>
      api<Page<Pipeline>>('/pipelines', { query: { state, limit, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: ({ state: { data } }) => askForPlaces(data?.pages.flatMap((page) => page.items) ?? []),
  });

export const pipelineQuery = (id: string) =>
  queryOptions({
    queryKey: pipelineKeys.one(id),
    queryFn: ({ signal }) => markFresh(id, () => api<Pipeline>(`/pipelines/${id}`, { signal })),
    refetchInterval: ({ state: { data } }) => askForPlaces(data === undefined ? [] : [data]),
  });

/** How many pipelines were made of a dataset, as far as one page tells. */
export const pipelinesOfQuery = (dataset: string) =>
  queryOptions({
    queryKey: ['pipelines', 'of', dataset],
    queryFn: async ({ signal }) => {
      const page: Page<Pipeline> = await api('/pipelines', { query: { dataset_id: dataset, limit: 200 }, signal });
      return { count: page.items.length, more: page.next_cursor !== null };
    },
    // It is asked before something is deleted.
    staleTime: 0,
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: pipelineKeys.part(id, 'timeline'),
    queryFn: async ({ signal }) => (await api<{ items: Span[] }>(`/pipelines/${id}/timeline`, { signal })).items,
  });

export const trialsQuery = (id: string) =>
  queryOptions({
    queryKey: pipelineKeys.part(id, 'trials'),
    queryFn: async ({ signal }) => (await api<{ items: Trial[] }>(`/pipelines/${id}/trials`, { signal })).items,
  });

export const logsQuery = (id: string) =>
  queryOptions({
    queryKey: pipelineKeys.part(id, 'logs'),
    queryFn: async ({ signal }) => {
      const lines: LogLine[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<LogLine> = await api(`/pipelines/${id}/logs`, { query: { cursor }, signal });
        lines.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return lines;
    },
  });

/** Curves come only as events; the stream tells them again from the first after a reload. */
export const curvesQuery = (id: string) =>
  queryOptions<Curves>({
    queryKey: pipelineKeys.part(id, 'curves'),
    queryFn: skipToken,
    staleTime: Infinity,
    // Thousands of points need not be compared to know that one was added.
    structuralSharing: false,
  });

export function useCreatePipeline() {
  const client = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: ({ spec, cloneOf }: { spec: PipelineSpec; cloneOf: string | null }) =>
      intent.run({ spec, cloneOf }, (idempotencyKey) =>
        api<Pipeline>(cloneOf === null ? '/pipelines' : `/pipelines/${cloneOf}/clone`, {
          method: 'POST',
          body: cloneOf === null ? spec : asChanges(spec),
          idempotencyKey,
        }),
      ),
    onSuccess: (pipeline) => keepPipeline(client, pipeline),
  });
}

export function usePipelineAction(id: string, action: 'cancel' | 'retry') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<Pipeline | null>(`/pipelines/${id}/${action}`, { method: 'POST' }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: pipelineKeys.one(id) }),
        client.invalidateQueries({ queryKey: pipelineKeys.lists }),
      ]),
  });
}

/** `leave` goes to another page first: this one would ask for what is no more. */
export function useDeletePipeline(id: string, leave: () => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<null>(`/pipelines/${id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await leave();
      client.removeQueries({ queryKey: pipelineKeys.one(id) });
      return client.invalidateQueries({ queryKey: pipelineKeys.lists });
    },
  });
}

function keepPipeline(client: QueryClient, pipeline: Pipeline): void {
  client.setQueryData(pipelineKeys.one(pipeline.id), pipeline);
  void client.invalidateQueries({ queryKey: pipelineKeys.lists });
}
