import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import type { Session } from '@/shared/api/types';

const key = ['sessions'] as const;

export const sessionsQuery = queryOptions({
  queryKey: key,
  queryFn: async ({ signal }) => (await api<{ items: Session[] }>('/sessions', { signal })).items,
});

export function useEndSession(done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api<null>(`/sessions/${id}`, { method: 'DELETE' }),
    onSuccess: () => {
      done();
      return client.invalidateQueries({ queryKey: key });
    },
  });
}
