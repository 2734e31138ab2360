import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Course, OwnQuota } from '@/shared/api/types';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { ownQuotaQuery } from './api';
import { hasLimit, readingsOf } from './measures';
import classes from './Quota.module.css';
import { QuotaList } from './QuotaList';

interface Props {
  /** The titles of one's courses: they are another noun. */
  courses: Pick<Course, 'id' | 'title'>[];
}

/** What the reader uses of what they may use, alone and with their courses. */
export function QuotaPanel({ courses }: Props) {
  const { t } = useTranslation('quotas');
  const query = useQuery(ownQuotaQuery);
  return (
    <Panel title={t('own.title')} hint={t('own.hint')} testId="quota">
      {hasFailed(query) ? (
        <ErrorNotice error={query.error} retry={query.refetch} />
      ) : query.data === undefined ? (
        <RowsSkeleton rows={4} />
      ) : query.data.unlimited ? (
        <p className={classes.note}>{t('own.unlimited')}</p>
      ) : (
        <>
          <QuotaList quota={query.data.own} />
          <OfCourses quotas={query.data.courses} courses={courses} />
        </>
      )}
    </Panel>
  );
}

/** Only courses that have a limit, and of them only that. */
function OfCourses({ quotas, courses }: { quotas: OwnQuota['courses'] } & Props) {
  const { t } = useTranslation('quotas');
  return quotas
    .filter(({ quota }) => readingsOf(quota).some(hasLimit))
    .map(({ course_id: id, quota }) => (
      <section key={id}>
        <h3 className={classes.course}>
          {t('own.course', { title: courses.find((course) => course.id === id)?.title ?? '…' })}
        </h3>
        <QuotaList quota={quota} limitedOnly />
      </section>
    ));
}
