import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { CoursePage } from '@/features/courses/CoursePage';
import { meQuery } from '@/features/session/api';

export function Component() {
  const { id = '' } = useParams();
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  return <CoursePage key={id} id={id} me={me} />;
}
