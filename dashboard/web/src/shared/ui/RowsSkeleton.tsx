import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** The shape of a list while it loads. */
export function RowsSkeleton({ rows = 5, height = 20 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap={18} p="md" aria-busy>
      <VisuallyHidden role="status">{t('loading')}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} width={`${100 - (row % 3) * 9}%`} radius="sm" />
      ))}
    </Stack>
  );
}
