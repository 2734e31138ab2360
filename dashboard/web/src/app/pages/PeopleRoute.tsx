import { useQuery } from '@tanstack/react-query';
import { PeoplePage } from '@/features/people/PeoplePage';
import { meQuery } from '@/features/session/api';

export function Component() {
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  return <PeoplePage me={me} />;
}
