import { infiniteQueryOptions } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import type { AuditEntry, AuditOutcome, Page } from '@/shared/api/types';

export interface Filter {
  actor: string | null;
  action: string | null;
  outcome: AuditOutcome | null;
  since: string | null;
  until: string | null;
}

export const auditQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      api<Page<AuditEntry>>('/audit', { query: { ...filter, limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
