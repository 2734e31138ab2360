import { useQuery } from '@tanstack/react-query';
import { CoursesPage } from '@/features/courses/CoursesPage';
import { meQuery } from '@/features/session/api';

export function Component() {
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  return <CoursesPage me={me} />;
}
