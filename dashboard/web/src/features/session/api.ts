import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '@/shared/api/errors';
import { api, mutationHeaders, setCsrfToken } from '@/shared/api/http';
import type { AuthConfig, Me } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { toast } from '@/shared/ui/toast';

export const meKey = ['me'] as const;

const askAgainMs = 5_000;

/** No answer, or one about the server's own trouble; while it is being asked again the error is null. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof ApiError && error.status >= 400 && error.status < 500);

const saysUnavailable = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 503 && !error.code.startsWith('http.');

/** Who is signed in, or null. A 401 is an answer here, not a failure. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      const me = await api<Me>('/me', { signal });
      setCsrfToken(me.csrf_token);
      return me;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
  // The server says itself that it cannot answer, after a wait of its own: people are told at once,
  // and it is asked again behind what they read.
  retry: (failures, error) => failures < 1 && isPassing(error) && !saysUnavailable(error),
  refetchInterval: ({ state }) =>
    state.data === undefined && state.errorUpdateCount > 0 && isPassing(state.error) ? askAgainMs : false,
});

export const authConfigQuery = queryOptions({
  queryKey: ['auth', 'config'],
  queryFn: ({ signal }) => api<AuthConfig>('/auth/config', { signal }),
  staleTime: Infinity,
});

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { username: string; password: string }) =>
      // The answer's bearer token is for programs; the page lives by the cookie set with it.
      api<unknown>('/auth/login', { method: 'POST', body: credentials }),
    onSuccess: () => client.invalidateQueries({ queryKey: meKey }),
  });
}

/**
 * Ends the session here and, where the provider has one of its own, there: its answer leads to a page
 * of the provider, so the browser itself goes there, with the token in a field instead of a header.
 */
function leaveByForm(): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = '/auth/logout';
  const field = document.createElement('input');
  field.type = 'hidden';
  field.name = 'csrf_token';
  field.value = mutationHeaders()['X-CSRF-Token'] ?? '';
  form.append(field);
  document.body.append(form);
  form.submit();
}

export function useLogout() {
  const client = useQueryClient();
  const speaker = useSpeaker();
  const forget = () => {
    setCsrfToken(null);
    client.clear();
    client.setQueryData(meKey, null);
  };
  return useMutation({
    mutationFn: async () => {
      const { mode } = await client.query({ ...authConfigQuery, staleTime: 'static' });
      if (mode === 'oidc') leaveByForm();
      else await api<null>('/auth/logout', { method: 'POST' });
      return mode;
    },
    onSuccess: (mode) => {
      // Where the provider is asked, this page is left as it is.
      if (mode === 'local') forget();
    },
    onError: (error) => {
      // Nobody is signed in any more. After any other error the session goes on, and the page must not hide that.
      if (error instanceof ApiError && error.status === 401) forget();
      else toast.failed(speaker.error(error));
    },
  });
}
