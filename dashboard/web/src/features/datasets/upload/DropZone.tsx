import { IconFileUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './DropZone.module.css';
import { useUpload } from './UploadContext';

/** Says what may be dropped and opens the file dialogue; the whole window takes the drop itself. */
export function DropZone({ title }: { title?: string }) {
  const { t } = useTranslation('datasets');
  const upload = useUpload();
  return (
    <button type="button" className={classes.zone} onClick={() => upload.pick()}>
      <IconFileUpload size={26} stroke={1.5} aria-hidden className={classes.icon} />
      <span>
        <span className={classes.title}>{title ?? t('upload.zone')}</span>
        <span className={classes.hint}>{t('upload.formats')}</span>
      </span>
    </button>
  );
}
