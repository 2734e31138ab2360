import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DemoCards } from '@/features/datasets/DemoCards';
import { DropZone } from '@/features/datasets/upload/DropZone';
import { useUpload } from '@/features/datasets/upload/UploadContext';
import { PipelinesPage } from '@/features/pipelines/list/PipelinesPage';
import classes from './HomeRoute.module.css';

export function Component() {
  const { t } = useTranslation('datasets');
  const upload = useUpload();
  return (
    <PipelinesPage
      actions={
        <Button leftSection={<IconUpload size={16} />} onClick={() => upload.pick()}>
          {t('upload.button')}
        </Button>
      }
      welcome={<Welcome />}
    />
  );
}

const steps = ['upload', 'choose', 'use'] as const;

/** A new user's first page: what will happen, in three steps, and two ways to begin. */
function Welcome() {
  const { t } = useTranslation('datasets');
  return (
    <div className={classes.welcome} data-testid="welcome">
      <div className={classes.words}>
        <h2 className={classes.title}>{t('welcome.title')}</h2>
        <ol className={classes.steps}>
          {steps.map((step, index) => (
            <li key={step}>
              <span className={classes.number} aria-hidden>
                {index + 1}
              </span>
              <div>
                <strong>{t(`welcome.${step}`)}</strong>
                <p>{t(`welcome.${step}Text`)}</p>
              </div>
            </li>
          ))}
        </ol>
      </div>
      <DropZone title={t('welcome.drop')} />
      <DemoCards />
    </div>
  );
}
