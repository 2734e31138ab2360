import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { NewPersonalToken, PersonalToken, TokenWish } from '@/shared/api/types';

const key = ['tokens'] as const;

export const tokensQuery = queryOptions({
  queryKey: key,
  queryFn: async ({ signal }) => (await api<{ items: PersonalToken[] }>('/tokens', { signal })).items,
});

export function useCreateToken() {
  const client = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (body: TokenWish) =>
      intent.run(body, (idempotencyKey) => api<NewPersonalToken>('/tokens', { method: 'POST', body, idempotencyKey })),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
    // The secret is shown once and kept nowhere.
    gcTime: 0,
  });
}

export function useRevokeToken(done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api<null>(`/tokens/${id}`, { method: 'DELETE' }),
    onSuccess: () => {
      done();
      return client.invalidateQueries({ queryKey: key });
    },
  });
}
