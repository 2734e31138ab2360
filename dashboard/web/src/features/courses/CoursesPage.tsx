import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconPlus, IconSchool } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import type { Course, Me } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { isAdmin, mayMakeCourses } from '@/shared/lib/roles';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { coursesQuery } from './api';
import { CourseDialog } from './CourseDialog';

export function CoursesPage({ me }: { me: Me }) {
  const { t } = useTranslation('courses');
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const list = useInfiniteQuery(coursesQuery);
  const courses = list.data?.pages.flatMap((page) => page.items) ?? [];
  const mayCreate = mayMakeCourses(me);
  return (
    <>
      <PageHeader
        title={t('list.title')}
        meta={t(isAdmin(me) ? 'list.leadAll' : 'list.lead')}
        actions={
          mayCreate && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
              {t('create.action')}
            </Button>
          )
        }
      />
      <Panel flush>
        {list.isPending ? (
          <RowsSkeleton />
        ) : hasFailed(list) ? (
          <ErrorNotice error={list.error} retry={list.refetch} />
        ) : courses.length === 0 ? (
          <EmptyState icon={<IconSchool size={22} stroke={1.6} />} title={t('empty.title')}>
            {t(mayCreate ? 'empty.teacher' : 'empty.student')}
          </EmptyState>
        ) : (
          <>
            <CourseTable courses={courses} />
            <LoadMore {...list} />
          </>
        )}
      </Panel>
      {creating && (
        <CourseDialog
          course={null}
          onClose={() => setCreating(false)}
          onSaved={({ id }) => void navigate(`/courses/${id}`)}
        />
      )}
    </>
  );
}

function CourseTable({ courses }: { courses: Course[] }) {
  const { t } = useTranslation('courses');
  const format = useFormat();
  return (
    <div className="scroll-x">
      <table className="table one-line" aria-label={t('list.title')}>
        <thead>
          <tr>
            <th scope="col">{t('courseTitle')}</th>
            <th scope="col">{t('code')}</th>
            <th scope="col">{t('mine')}</th>
            <th scope="col">{t('list.created')}</th>
          </tr>
        </thead>
        <tbody>
          {courses.map((course) => (
            <tr key={course.id} className="row-link">
              <td>
                <Link to={`/courses/${course.id}`} className="row-target">
                  {course.title}
                </Link>
              </td>
              <td className="mono">{course.code}</td>
              <td>{course.role === null ? '—' : t(`role.${course.role}`)}</td>
              <td className="muted">{format.dateTime(course.created_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
