import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Dataset } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { Notice } from '@/shared/ui/Notice';
import classes from './DatasetPage.module.css';
import { DropZone } from './upload/DropZone';

/** The page's shape while the file is being read; the event `ready` puts the columns in its place. */
export function DatasetProfiling() {
  const { t } = useTranslation('datasets');
  return (
    <Stack gap="md" aria-busy data-testid="dataset-profiling">
      <Notice>{t('profiling')}</Notice>
      <div className={classes.split}>
        <div className={classes.grid}>
          {Array.from({ length: 6 }, (_, index) => (
            <Skeleton key={index} height={178} radius={12} />
          ))}
        </div>
        <Skeleton height={380} radius={12} />
      </div>
    </Stack>
  );
}

/** What an error names of the file, if it knows where it went wrong; its sentence says it. */
const placeNames = ['row', 'line', 'column'] as const;

/** Why the file could not be read, where, and the next step: the mended file, as a new version. */
export function DatasetFailed({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation('datasets');
  const speaker = useSpeaker();
  const placed = placeNames.some((name) => dataset.error?.details?.[name] != null);
  return (
    <Stack gap="md" maw={760}>
      <Notice tone="bad" title={t('failed.title')}>
        {dataset.error !== null && <div>{speaker.failure(dataset.error)}</div>}
      </Notice>
      <p className={classes.note}>{t(placed ? 'failed.next' : 'failed.nextFile')}</p>
      <DropZone title={t('failed.again')} into={dataset} />
    </Stack>
  );
}
