import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, call } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { Deployment, DeploymentSchema, Page, PredictionAnswer, PredictionRecord } from '@/shared/api/types';

const path = (name: string): string => `/deployments/${encodeURIComponent(name)}`;

export const deploymentKeys = {
  all: ['deployments'] as const,
  lists: ['deployments', 'list'] as const,
  one: (name: string) => ['deployments', 'one', name] as const,
};

export const deploymentsQuery = infiniteQueryOptions({
  queryKey: deploymentKeys.lists,
  queryFn: ({ pageParam, signal }) =>
    api<Page<Deployment>>('/deployments', { query: { limit: 50, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** All names, to choose one from. */
export const deploymentNamesQuery = queryOptions({
  queryKey: [...deploymentKeys.all, 'names'],
  queryFn: async ({ signal }) => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Deployment> = await api('/deployments', { query: { limit: 200, cursor }, signal });
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next_cursor;
    } while (cursor !== null);
    return names;
  },
});

export const deploymentQuery = (name: string) =>
  queryOptions({
    queryKey: deploymentKeys.one(name),
    queryFn: ({ signal }) => api<Deployment>(path(name), { signal }),
    // No event tells that a serving process has loaded the model, and it takes a moment only.
    refetchInterval: ({ state }) => (state.data?.state === 'loading' ? 1_500 : false),
  });

/** Another version may want other columns, so the schema belongs to the version. */
export const schemaQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: [...deploymentKeys.one(name), 'schema', version],
    queryFn: ({ signal }) => api<DeploymentSchema>(`${path(name)}/schema`, { signal }),
  });

export function useRollback(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<unknown>(`${path(name)}/rollback`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: deploymentKeys.all }),
  });
}

/** `leave` goes to another page first: this one would ask for what is no more. */
export function useDeleteDeployment(name: string, leave: () => unknown) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<null>(path(name), { method: 'DELETE' }),
    onSuccess: async () => {
      await leave();
      client.removeQueries({ queryKey: deploymentKeys.one(name) });
      return client.invalidateQueries({ queryKey: deploymentKeys.lists });
    },
  });
}

export function useDeploy() {
  const client = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (body: { model_id: string; name: string }) =>
      intent.run(body, (idempotencyKey) => api<Deployment>('/deployments', { method: 'POST', body, idempotencyKey })),
    onSuccess: () => client.invalidateQueries({ queryKey: deploymentKeys.all }),
  });
}

/** The public endpoint itself, as any program calls it. */
export const usePredict = (url: string) =>
  useMutation({
    mutationFn: (record: PredictionRecord) => call<PredictionAnswer>(url, { method: 'POST', body: record }),
  });
