import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { quotaQuery, type Grantee } from './api';
import { QuotaForm } from './QuotaForm';
import { QuotaList } from './QuotaList';

interface Props {
  of: Grantee;
  /** What people call them. */
  name: string;
  /** Closes it and gives the focus back to where it was opened. */
  onClose: () => void;
}

/** What somebody, or a course, uses and may use, and how to grant them something else. */
export function QuotaDialog({ of, name, onClose }: Props) {
  const { t } = useTranslation('quotas');
  const query = useQuery(quotaQuery(of));
  // The fields begin with what is granted now, not with what was when somebody looked before.
  const quota = query.isFetchedAfterMount ? query.data : undefined;
  return (
    <Dialog opened onClose={onClose} title={t('dialog.title', { name })} size="lg" returnFocus={false}>
      {hasFailed(query) ? (
        <ErrorNotice error={query.error} retry={query.refetch} />
      ) : quota === undefined ? (
        <RowsSkeleton rows={6} />
      ) : (
        <Stack gap="lg">
          <QuotaList quota={quota} />
          <QuotaForm of={of} quota={quota} onClose={onClose} />
        </Stack>
      )}
    </Dialog>
  );
}
