import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { meKey } from '@/features/session/api';
import { ApiError } from '@/shared/api/errors';

/** What a second try cannot mend: the caller, the request, or a thing that is not there. */
const isFinal = (error: unknown): boolean => error instanceof ApiError && error.status >= 400 && error.status < 500;

/** The session ended while the page was open: the guard then shows the sign-in. */
function onAnyError(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) queryClient.setQueryData(meKey, null);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: onAnyError }),
  mutationCache: new MutationCache({ onError: onAnyError }),
  defaultOptions: {
    queries: {
      // Events tell what changed; this only bounds what a missed one could cost.
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && !isFinal(error),
    },
  },
});
