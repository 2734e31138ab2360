import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { pipelinesOfQuery } from './api';

/** What becomes of the pipelines that were made of a dataset once it is gone; nothing where there are none. */
export function PipelinesOf({ datasetId }: { datasetId: string }) {
  const { t } = useTranslation('pipelines');
  const { data } = useQuery(pipelinesOfQuery(datasetId));
  if (data === undefined || data.count === 0) return null;
  const { count, more } = data;
  return (
    <div data-testid="pipelines-of">
      {more ? t('ofDataset.more', { number: count }) : t('ofDataset.all', { count })}
    </div>
  );
}
