import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Course } from '@/shared/api/types';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { quotaQuery, type Grantee } from './api';
import { QuotaDialog } from './QuotaDialog';
import { QuotaList } from './QuotaList';

interface Props {
  course: Pick<Course, 'id' | 'title'>;
  /** Whether the reader may change it. */
  mayGrant: boolean;
}

/** What all of a course together use of what they may use. */
export function CourseQuota({ course, mayGrant }: Props) {
  const { t } = useTranslation('quotas');
  const of: Grantee = { noun: 'courses', id: course.id };
  const query = useQuery(quotaQuery(of));
  const [changing, setChanging] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <Panel
      title={t('course.title')}
      hint={t('course.hint')}
      testId="course-quota"
      actions={
        mayGrant && (
          <Button ref={button} size="compact-sm" variant="default" onClick={() => setChanging(true)}>
            {t('course.change')}
          </Button>
        )
      }
    >
      {hasFailed(query) ? (
        <ErrorNotice error={query.error} retry={query.refetch} />
      ) : query.data === undefined ? (
        <RowsSkeleton rows={4} />
      ) : (
        <QuotaList quota={query.data} />
      )}
      {changing && (
        <QuotaDialog
          of={of}
          name={course.title}
          onClose={() => {
            setChanging(false);
            button.current?.focus();
          }}
        />
      )}
    </Panel>
  );
}
