import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Navigate, useLocation } from 'react-router';
import { UploadProvider } from '@/features/datasets/upload/UploadProvider';
import { meQuery } from '@/features/session/api';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Shell } from './layout/Shell';
import { Waiting } from './layout/Waiting';
import { LiveEvents } from './LiveEvents';

/** Pages for people we know; everyone else signs in and then comes back to the page they asked for. */
export function Guard() {
  const me = useQuery(meQuery);
  const { pathname, search } = useLocation();
  // Asking again empties a query that never had an answer; what was wrong stays on the page meanwhile.
  const [failure, setFailure] = useState<Error | null>(null);
  if (me.error !== null && me.error !== failure) setFailure(me.error);
  if (me.data === undefined && failure !== null) {
    return (
      <main style={{ maxInlineSize: 560, margin: '20vh auto', padding: 16 }}>
        <ErrorNotice error={failure} retry={me.refetch} />
      </main>
    );
  }
  if (me.data === undefined) return <Waiting />;
  if (me.data === null) {
    const here = pathname + search;
    return <Navigate to={here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`} replace />;
  }
  // Until the password is their own, the site answers nothing else.
  if (me.data.must_change_password) {
    return pathname === '/account' ? <Shell me={me.data} /> : <Navigate to="/account" replace />;
  }
  return (
    <LiveEvents>
      <UploadProvider>
        <Shell me={me.data} />
      </UploadProvider>
    </LiveEvents>
  );
}
