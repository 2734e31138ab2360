import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { CoursePage } from '@/features/courses/CoursePage';
import { CourseQuota } from '@/features/quotas/CourseQuota';
import { meQuery } from '@/features/session/api';
import { isAdmin } from '@/shared/lib/roles';

export function Component() {
  const { id = '' } = useParams();
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  return (
    <CoursePage key={id} id={id} me={me} quota={(course) => <CourseQuota course={course} mayGrant={isAdmin(me)} />} />
  );
}
