import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Course } from '@/shared/api/types';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { sharesQuery, type Thing } from './api';
import { NewShare } from './NewShare';
import classes from './ShareDialog.module.css';
import { ShareList } from './ShareList';

interface Props {
  thing: Thing;
  /** What people call it. */
  name: string;
  /** With which courses it can be shared: they are another noun. */
  courses: Course[];
  onClose: () => void;
}

/** Who else is let at a thing, and how far. */
export function ShareDialog({ thing, name, courses, onClose }: Props) {
  const { t } = useTranslation('sharing');
  const shares = useQuery(sharesQuery(thing));
  return (
    <Dialog opened onClose={onClose} title={t('title', { name })} size="lg">
      <Stack gap="lg">
        <NewShare thing={thing} courses={courses} />
        {hasFailed(shares) ? (
          <ErrorNotice error={shares.error} retry={shares.refetch} />
        ) : shares.data === undefined ? (
          <RowsSkeleton rows={2} />
        ) : shares.data.length === 0 ? (
          <span className="muted">{t('none')}</span>
        ) : (
          <ShareList thing={thing} shares={shares.data} courses={courses} />
        )}
        <p className={classes.reach}>{t(`reach.${thing.noun}`)}</p>
      </Stack>
    </Dialog>
  );
}
