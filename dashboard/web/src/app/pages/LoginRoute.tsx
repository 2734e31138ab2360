import { useQuery } from '@tanstack/react-query';
import { Navigate, useSearchParams } from 'react-router';
import { meQuery } from '@/features/session/api';
import { LoginPage } from '@/features/session/LoginPage';

/** Only a path of this site: `next` comes from the address bar and must not lead elsewhere. */
const safePath = (next: string | null): string => (next !== null && /^\/(?![/\\])/.test(next) ? next : '/');

export function Component() {
  const me = useQuery(meQuery);
  const [params] = useSearchParams();
  const next = safePath(params.get('next'));
  if (me.data !== undefined && me.data !== null) return <Navigate to={next} replace />;
  return <LoginPage next={next} failure={params.get('error')} />;
}
