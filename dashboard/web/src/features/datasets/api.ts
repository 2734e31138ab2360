import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { Dataset, DatasetEvent, DatasetVersion, Demo, Page, Preview, Profile } from '@/shared/api/types';

export const datasetKeys = {
  all: ['datasets'] as const,
  lists: ['datasets', 'list'] as const,
  one: (id: string) => ['datasets', 'one', id] as const,
};

export const datasetsQuery = infiniteQueryOptions({
  queryKey: datasetKeys.lists,
  queryFn: ({ pageParam, signal }) =>
    api<Page<Dataset>>('/datasets', { query: { limit: 50, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const datasetQuery = (id: string) =>
  queryOptions({
    queryKey: datasetKeys.one(id),
    queryFn: ({ signal }) => api<Dataset>(`/datasets/${id}`, { signal }),
  });

export const versionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...datasetKeys.one(id), 'versions'],
    queryFn: ({ pageParam, signal }) =>
      api<Page<DatasetVersion>>(`/datasets/${id}/versions`, { query: { limit: 20, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

/**
 * What was found in one version: another file has other columns, and theirs must not be shown as its
 * own. The server tells of the version in use only, so what is known of one is never asked for again,
 * whatever else is.
 */
export const profileQuery = (id: string, version: number, ready: boolean) =>
  queryOptions({
    queryKey: [...datasetKeys.one(id), 'profile', version],
    queryFn: ({ signal }) => api<Profile>(`/datasets/${id}/profile`, { signal }),
    // While the file is being read the answer is a 409, and the event `ready` asks again.
    enabled: ready,
    staleTime: 'static',
  });

export const previewQuery = (id: string, version: number, ready: boolean) =>
  queryOptions({
    queryKey: [...datasetKeys.one(id), 'preview', version],
    queryFn: ({ signal }) => api<Preview>(`/datasets/${id}/preview`, { query: { rows: 100 }, signal }),
    enabled: ready,
    staleTime: 'static',
  });

export const demosQuery = queryOptions({
  queryKey: ['demos'],
  queryFn: async ({ signal }) => {
    const answer = await api<Demo[] | { items: Demo[] }>('/demos', { signal });
    return Array.isArray(answer) ? answer : answer.items;
  },
  staleTime: Infinity,
});

export function useCreateDemo() {
  const client = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (name: string) =>
      intent.run(name, (idempotencyKey) =>
        api<Dataset>(`/demos/${encodeURIComponent(name)}`, { method: 'POST', idempotencyKey }),
      ),
    onSuccess: (dataset) => keepDataset(client, dataset),
  });
}

export function useRenameDataset(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api<Dataset>(`/datasets/${id}`, { method: 'PATCH', body: { name } }),
    onSuccess: (dataset) => keepDataset(client, dataset),
  });
}

/** `leave` goes to another page first: this one would ask for what is no more. */
export function useDeleteDataset(id: string, leave: () => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<null>(`/datasets/${id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await leave();
      client.removeQueries({ queryKey: datasetKeys.one(id) });
      // They say that it was deleted.
      void client.invalidateQueries({ queryKey: ['pipelines'] });
      return client.invalidateQueries({ queryKey: datasetKeys.lists });
    },
  });
}

/** Shows a dataset that the server has just given us, before any list is asked for again. */
export function keepDataset(client: QueryClient, dataset: Dataset): void {
  client.setQueryData(datasetKeys.one(dataset.id), dataset);
  void client.invalidateQueries({ queryKey: versionsQuery(dataset.id).queryKey });
  void client.invalidateQueries({ queryKey: datasetKeys.lists });
}

/** The state changes at once; the rest of the dataset (rows, format, error) is asked for. */
export function applyDatasetEvent(client: QueryClient, event: DatasetEvent): void {
  client.setQueryData<Dataset>(datasetKeys.one(event.dataset_id), (dataset) =>
    // `ready` waits for the fetch: a dataset must not look ready while its rows are still unknown.
    dataset === undefined || event.state === 'ready' ? dataset : { ...dataset, state: event.state },
  );
  void client.invalidateQueries({ queryKey: datasetKeys.one(event.dataset_id) });
  void client.invalidateQueries({ queryKey: datasetKeys.lists });
}
