import { Button } from '@mantine/core';
import { IconMoodSad } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/shared/ui/EmptyState';

/** A page that broke, or one of a release that is gone: a reload fetches the current program. */
export function RouteError() {
  const { t } = useTranslation();
  return (
    <main>
      <EmptyState
        page
        icon={<IconMoodSad size={22} stroke={1.6} />}
        title={t('crash.title')}
        action={<Button onClick={() => window.location.reload()}>{t('crash.reload')}</Button>}
      >
        {t('crash.text')}
      </EmptyState>
    </main>
  );
}
