import { Button } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors';
import { useSpeaker } from '../i18n/messages';
import classes from './Notice.module.css';

interface Props {
  tone?: 'info' | 'warn' | 'bad';
  title?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}

/** A sentence that matters here and now. Only failures interrupt a screen reader. */
export function Notice({ tone = 'info', title, children, action }: Props) {
  const Icon = tone === 'info' ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={classes.notice} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon size={18} stroke={1.8} aria-hidden className={classes.icon} />
      <div className={classes.words}>
        {title !== undefined && <div className={classes.title}>{title}</div>}
        {children}
      </div>
      {action}
    </div>
  );
}

/** Whether the same request may do better another time; what was asked wrongly stays wrong. */
const mayChange = (error: unknown): boolean => !(error instanceof ApiError && error.failure.kind === 'invalid_input');

/** What an API call threw, in words, with another try where that can help. */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const { t } = useTranslation();
  const speaker = useSpeaker();
  return (
    <Notice
      tone="bad"
      action={
        retry !== undefined &&
        mayChange(error) && (
          <Button size="compact-sm" variant="default" onClick={() => void retry()}>
            {t('action.retry')}
          </Button>
        )
      }
    >
      {speaker.error(error)}
    </Notice>
  );
}
