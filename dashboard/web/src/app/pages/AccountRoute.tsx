import { useQuery, useQueryClient } from '@tanstack/react-query';
import { AccountPage } from '@/features/account/AccountPage';
import { authConfigQuery, meKey, meQuery, useLogout } from '@/features/session/api';

export function Component() {
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const config = useQuery(authConfigQuery);
  const logout = useLogout();
  if (me.data === undefined || me.data === null) return null;
  return (
    <AccountPage
      me={me.data}
      mode={config.data?.mode}
      onPasswordChanged={() => void client.invalidateQueries({ queryKey: meKey })}
      onLogout={() => logout.mutate()}
    />
  );
}
