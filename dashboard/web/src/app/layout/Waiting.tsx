import { useTimeout } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/shared/ui/Brand';
import { Notice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import classes from './Shell.module.css';

/** Longer than any answer takes when all is well. */
const slowMs = 2_500;

/** The app's shape before it is known whose it is; a server that lets people wait is named after a moment. */
export function Waiting() {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useTimeout(() => setSlow(true), slowMs, { autoInvoke: true });
  return (
    <div className={classes.shell} data-testid="waiting">
      <aside className={classes.side}>
        <div className={classes.waiting}>
          <Brand />
          MicroLearn
        </div>
      </aside>
      <main className={classes.main}>
        {slow && (
          <div className={classes.notice}>
            <Notice>{t('slow')}</Notice>
          </div>
        )}
        <RowsSkeleton rows={8} />
      </main>
    </div>
  );
}
