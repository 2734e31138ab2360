import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/shared/ui/EmptyState';

/** A page whose program did not arrive. */
export function LostPage({ busy, onRetry }: { busy: boolean; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert">
      <EmptyState
        page
        icon={<IconPlugConnectedX size={22} stroke={1.6} />}
        title={t('lost.title')}
        action={
          <Button loading={busy} onClick={onRetry}>
            {t('action.retry')}
          </Button>
        }
      >
        {t('lost.text')}
      </EmptyState>
    </div>
  );
}
