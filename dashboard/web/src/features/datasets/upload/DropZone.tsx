import { IconFileUpload } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Dataset } from '@/shared/api/types';
import classes from './DropZone.module.css';
import { useUpload } from './UploadContext';

interface Props {
  title?: string;
  /** The dataset that gets a new version; without it the file becomes a new dataset. */
  into?: Dataset;
}

/** Says what may be dropped and opens the file dialogue; the whole window takes the drop itself. */
export function DropZone({ title, into }: Props) {
  const { t } = useTranslation('datasets');
  const { pick, expectDrop } = useUpload();
  useEffect(() => (into === undefined ? undefined : expectDrop(into)), [into, expectDrop]);
  return (
    <button type="button" className={classes.zone} onClick={() => pick(into)}>
      <IconFileUpload size={26} stroke={1.5} aria-hidden className={classes.icon} />
      <span>
        <span className={classes.title}>{title ?? t('upload.zone')}</span>
        <span className={classes.hint}>{t('upload.formats')}</span>
      </span>
    </button>
  );
}
