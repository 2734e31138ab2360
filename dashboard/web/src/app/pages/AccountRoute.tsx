import { useQuery, useQueryClient } from '@tanstack/react-query';
import { AccountPage } from '@/features/account/AccountPage';
import { courseChoiceQuery } from '@/features/courses/api';
import { deploymentNamesQuery } from '@/features/deployments/api';
import { QuotaPanel } from '@/features/quotas/QuotaPanel';
import { authConfigQuery, meKey, meQuery, useLogout } from '@/features/session/api';

export function Component() {
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const config = useQuery(authConfigQuery);
  const logout = useLogout();
  // Until the password is their own, the server answers nothing of that.
  const settled = me.data?.must_change_password === false;
  const deployments = useQuery({ ...deploymentNamesQuery, enabled: settled });
  const courses = useQuery({ ...courseChoiceQuery, enabled: settled });
  if (me.data === undefined || me.data === null) return null;
  return (
    <AccountPage
      me={me.data}
      mode={config.data?.mode}
      deployments={deployments.data ?? []}
      quota={<QuotaPanel courses={courses.data ?? []} />}
      onPasswordChanged={() => void client.invalidateQueries({ queryKey: meKey })}
      onLogout={() => logout.mutate()}
    />
  );
}
