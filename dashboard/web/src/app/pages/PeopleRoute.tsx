import { useQuery } from '@tanstack/react-query';
import { PeoplePage } from '@/features/people/PeoplePage';
import type { UserQuota } from '@/features/people/UserMenu';
import { QuotaDialog } from '@/features/quotas/QuotaDialog';
import { meQuery } from '@/features/session/api';

const Quota: UserQuota = ({ user: { id, username }, onClose }) => (
  <QuotaDialog of={{ noun: 'users', id }} name={username} onClose={onClose} />
);

export function Component() {
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  return <PeoplePage me={me} Quota={Quota} />;
}
