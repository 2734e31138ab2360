import { Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPencil } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Course, Me } from '@/shared/api/types';
import { isAdmin } from '@/shared/lib/roles';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { MetaLine, PageHeader } from '@/shared/ui/PageHeader';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { courseQuery } from './api';
import { CourseDialog } from './CourseDialog';
import { MembersPanel } from './MembersPanel';

interface Props {
  id: string;
  me: Me;
  /** How much it may use is another noun: the app brings it. */
  quota: (course: Course) => ReactNode;
}

/** A course: for its teachers with everybody in it, for its students its title. */
export function CoursePage({ id, me, quota }: Props) {
  const { t } = useTranslation(['courses', 'common']);
  const query = useQuery(courseQuery(id));
  const [editing, setEditing] = useState(false);
  if (hasFailed(query)) return <ErrorNotice error={query.error} retry={query.refetch} />;
  if (query.data === undefined) return <RowsSkeleton rows={8} />;
  const course = query.data;
  const mayChange = course.role === 'teacher' || isAdmin(me);
  return (
    <>
      <PageHeader
        title={course.title}
        parent={{ to: '/courses', label: t('list.title') }}
        meta={
          <MetaLine
            items={[
              <span key="code" className="mono">
                {course.code}
              </span>,
              course.role === null ? null : t(`role.${course.role}`),
            ]}
          />
        }
        actions={
          mayChange && (
            <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setEditing(true)}>
              {t('edit.action')}
            </Button>
          )
        }
      />
      {mayChange ? (
        <Stack gap="md">
          <MembersPanel course={course} me={me} />
          {quota(course)}
        </Stack>
      ) : (
        <Notice>{t('studentHint')}</Notice>
      )}
      {editing && <CourseDialog course={course} onClose={() => setEditing(false)} onSaved={() => setEditing(false)} />}
    </>
  );
}
