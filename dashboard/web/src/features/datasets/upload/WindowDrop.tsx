import { IconUpload } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Dataset } from '@/shared/api/types';
import classes from './WindowDrop.module.css';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

interface Props {
  /** The dataset that gets a new version; null for a new dataset. */
  into: Dataset | null;
  /** A file is on its way: another one must not take its place unasked. */
  busy: boolean;
  onFile: (file: File) => void;
}

/** A file may be dropped anywhere: missing the zone must not make the browser open the file instead. */
export function WindowDrop({ into, busy, onFile }: Props) {
  const { t } = useTranslation('datasets');
  const [over, setOver] = useState(false);
  const receive = useEffectEvent((file: File) => {
    if (!busy) onFile(file);
  });
  useEffect(() => {
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      // Leaving the window has no element that is entered instead.
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) receive(file);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className={classes.overlay} aria-hidden>
      <div className={classes.box}>
        <IconUpload size={32} stroke={1.6} />
        {busy ? t('upload.busy') : into === null ? t('upload.dropHere') : t('upload.dropVersion', { name: into.name })}
      </div>
    </div>
  );
}
