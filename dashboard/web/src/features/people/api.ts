import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { ImportReport, NewUserAnswer, Page, Role, RoleRequest, User } from '@/shared/api/types';

const keys = {
  lists: ['users'] as const,
  requests: ['role-requests'] as const,
};

export const usersQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.lists, { search }],
    queryFn: ({ pageParam, signal }) =>
      api<Page<User>>('/users', { query: { search, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });

export const roleRequestsQuery = queryOptions({
  queryKey: keys.requests,
  queryFn: async ({ signal }) => (await api<{ items: RoleRequest[] }>('/role-requests', { signal })).items,
});

/** Whatever is done to an account shows in the list, and may wait for another administrator. */
function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.lists }),
      client.invalidateQueries({ queryKey: keys.requests }),
    ]);
}

export interface UserWish {
  username: string;
  display_name?: string;
  roles: Role[];
}

export function useCreateUser() {
  const refresh = useRefresh();
  const intent = useIntent();
  return useMutation({
    mutationFn: (body: UserWish) =>
      intent.run(body, (idempotencyKey) => api<NewUserAnswer>('/users', { method: 'POST', body, idempotencyKey })),
    onSuccess: refresh,
    // The password is shown once and kept nowhere.
    gcTime: 0,
  });
}

/**
 * Makes accounts from a table, or says what that would do. It is sent without a key: whoever sends a
 * table again finds the accounts made, and the passwords were said once.
 */
export function useImportUsers(dryRun: boolean) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (table: string) =>
      api<ImportReport>('/users/import', {
        method: 'POST',
        query: { dry_run: String(dryRun) },
        text: { type: 'text/csv; charset=utf-8', content: table },
      }),
    onSuccess: (report) => (report.applied ? client.invalidateQueries() : undefined),
    gcTime: 0,
  });
}

export interface UserPatch {
  display_name?: string;
  roles?: Role[];
  disabled?: boolean;
}

/** What was asked for and is not done: another administrator must approve it. */
export const pendingOf = (answer: User | RoleRequest): RoleRequest | null => ('user_id' in answer ? answer : null);

export function useChangeUser(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: UserPatch) => api<User | RoleRequest>(`/users/${id}`, { method: 'PATCH', body }),
    onSuccess: refresh,
  });
}

/** Sent twice it makes two passwords, of which the second is shown and counts: so it needs no intent. */
export function useResetPassword(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api<NewUserAnswer>(`/users/${id}/password`, { method: 'POST' }),
    onSuccess: refresh,
    gcTime: 0,
  });
}

export const useSignOutUser = (id: string) =>
  useMutation({ mutationFn: () => api<null>(`/users/${id}/sign-out`, { method: 'POST' }) });

export function useDecide(decision: 'approve' | 'refuse') {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) =>
      decision === 'approve'
        ? api<unknown>(`/role-requests/${id}/approve`, { method: 'POST' })
        : api<unknown>(`/role-requests/${id}`, { method: 'DELETE' }),
    // Somebody else may have decided already; the list then shows it.
    onSettled: refresh,
  });
}
