import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

/** The rest of a keyset-paged list. */
export function LoadMore({ hasNextPage, isFetchingNextPage, fetchNextPage }: Props) {
  const { t } = useTranslation();
  if (!hasNextPage) return null;
  return (
    <Button variant="subtle" color="gray" fullWidth loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {t('action.more')}
    </Button>
  );
}
