import { Button } from '@mantine/core';
import { IconArrowRight, IconFileText } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { reportUrl } from '@/shared/api/http';
import type { Message, Pipeline } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { MessageList } from '@/shared/ui/MessageList';
import { Notice } from '@/shared/ui/Notice';
import classes from './OutcomePanel.module.css';

interface Props {
  pipeline: Pipeline;
  /** What the page does not say elsewhere. */
  warnings: Message[];
}

/** How it ended: the endpoint and the report, or why not and what to do. */
export function OutcomePanel({ pipeline, warnings }: Props) {
  const { t, i18n } = useTranslation('pipelines');
  const speaker = useSpeaker();
  const { state, error, deployment } = pipeline;
  const evaluated = pipeline.stages.some((stage) => stage.name === 'evaluate' && stage.state === 'succeeded');
  return (
    <>
      {state === 'failed' && error !== null && (
        <Notice tone="bad" title={t('run.failed')}>
          {speaker.failure(error)}
        </Notice>
      )}
      {warnings.length > 0 && (
        <Notice tone="warn" title={t('run.warnings')}>
          <MessageList messages={warnings} />
        </Notice>
      )}
      {state === 'succeeded' && (deployment !== null || evaluated) && (
        <div className={classes.outcome} data-testid="outcome">
          {deployment === null ? (
            <div>
              <div className={classes.title}>{t('run.finished')}</div>
              <div>{t('run.finishedText')}</div>
            </div>
          ) : (
            <div>
              <div className={classes.title}>{t('run.deployed', { version: deployment.version })}</div>
              <code className={classes.path}>POST /predictions/{deployment.name}</code>
            </div>
          )}
          <div className={classes.buttons}>
            {evaluated && (
              <Button
                component="a"
                href={reportUrl(pipeline.id, i18n.language)}
                target="_blank"
                rel="noreferrer"
                variant="default"
                leftSection={<IconFileText size={16} />}
              >
                {t('run.report')}
              </Button>
            )}
            {deployment !== null && (
              <Button
                component={Link}
                to={`/deployments/${deployment.name}`}
                rightSection={<IconArrowRight size={16} />}
              >
                {t('run.try')}
              </Button>
            )}
          </div>
        </div>
      )}
    </>
  );
}
