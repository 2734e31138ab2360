import { useQuery } from '@tanstack/react-query';
import { Navigate, useLocation } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import { UploadProvider } from '@/features/datasets/upload/UploadProvider';
import { meQuery } from '@/features/session/api';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Shell } from './layout/Shell';
import { LiveEvents } from './LiveEvents';

/** Pages for people we know; everyone else signs in and then comes back to the page they asked for. */
export function Guard() {
  const me = useQuery(meQuery);
  const { pathname, search } = useLocation();
  if (hasFailed(me)) {
    return (
      <main style={{ maxInlineSize: 560, margin: '20vh auto', padding: 16 }}>
        <ErrorNotice error={me.error} retry={me.refetch} />
      </main>
    );
  }
  if (me.data === undefined) return null;
  if (me.data === null) {
    const here = pathname + search;
    return <Navigate to={here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`} replace />;
  }
  return (
    <LiveEvents>
      <UploadProvider>
        <Shell me={me.data} />
      </UploadProvider>
    </LiveEvents>
  );
}
