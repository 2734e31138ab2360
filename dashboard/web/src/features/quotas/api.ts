import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import type { OwnQuota, Quota, QuotaAndUsage } from '@/shared/api/types';

/** Whose quota it is, in the words of the paths. */
export interface Grantee {
  noun: 'users' | 'courses';
  id: string;
}

const keys = {
  own: ['quotas', 'own'] as const,
  of: ({ noun, id }: Grantee) => ['quotas', noun, id] as const,
};

const path = ({ noun, id }: Grantee): string => `/${noun}/${id}/quota`;

/** What is used changes with all that is done elsewhere, so each look asks again. */
const staleTime = 0;

export const ownQuotaQuery = queryOptions({
  queryKey: keys.own,
  queryFn: ({ signal }) => api<OwnQuota>('/quota', { signal }),
  staleTime,
});

export const quotaQuery = (of: Grantee) =>
  queryOptions({
    queryKey: keys.of(of),
    queryFn: ({ signal }) => api<QuotaAndUsage>(path(of), { signal }),
    staleTime,
  });

/** Grants just this; what is left out is as usual. */
export function useGrant(of: Grantee) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Quota) => api<QuotaAndUsage>(path(of), { method: 'PUT', body }),
    onSuccess: (answer) => client.setQueryData(keys.of(of), answer),
  });
}
