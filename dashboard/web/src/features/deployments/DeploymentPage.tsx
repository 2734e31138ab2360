import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowLeft } from '@tabler/icons-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import type { Deployment, DeploymentSchema, PredictionRecord } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { CopyButton } from '@/shared/ui/CopyButton';
import { useSpeaker } from '@/shared/i18n/messages';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { MetaLine, PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { StateChip } from '@/shared/ui/StateChip';
import { Answer } from './Answer';
import { DeploymentMenu } from './DeploymentMenu';
import { deploymentQuery, schemaQuery, usePredict } from './api';
import classes from './DeploymentPage.module.css';
import { Snippets } from './Snippets';
import { TryForm } from './TryForm';
import { Versions } from './Versions';

export function DeploymentPage({ name }: { name: string }) {
  const { t } = useTranslation(['deployments', 'pipelines']);
  const format = useFormat();
  const speaker = useSpeaker();
  const query = useQuery(deploymentQuery(name));
  const schema = useQuery({
    ...schemaQuery(name, query.data?.version ?? 0),
    enabled: query.data !== undefined,
  });
  if (hasFailed(query)) return <ErrorNotice error={query.error} retry={query.refetch} />;
  if (query.data === undefined) return <RowsSkeleton rows={8} />;
  const deployment = query.data;
  const url = new URL(deployment.url, window.location.origin).href;
  return (
    <>
      <PageHeader
        title={deployment.name}
        parent={{ to: '/deployments', label: t('list.title') }}
        aside={<StateChip state={deployment.state} />}
        actions={<DeploymentMenu name={name} />}
        meta={
          <MetaLine
            items={[
              deployment.target === null ? null : t('predicts', { target: deployment.target }),
              deployment.task === null ? null : t(`pipelines:task.${deployment.task}`),
              t('versionShort', { version: deployment.version }),
              deployment.pipeline_id === null ? null : (
                <Link key="pipeline" className="link" to={`/pipelines/${deployment.pipeline_id}`}>
                  {t('fromPipeline')}
                </Link>
              ),
              t('updated', { when: format.dateTime(deployment.updated_at) }),
            ]}
          />
        }
      />
      <Stack gap="md">
        <div className={classes.endpoint}>
          <span className={classes.method}>POST</span>
          <code className={classes.url}>{url}</code>
          <CopyButton text={url} label={t('copyUrl')} />
        </div>
        {deployment.error != null && <Notice tone="bad">{speaker.failure(deployment.error)}</Notice>}
        {hasFailed(schema) ? (
          <ErrorNotice error={schema.error} retry={schema.refetch} />
        ) : schema.data === undefined ? (
          <RowsSkeleton rows={6} />
        ) : (
          <>
            <TryOut key={deployment.version} deployment={deployment} schema={schema.data} />
            <Snippets url={url} schema={schema.data} />
          </>
        )}
        <Versions deployment={deployment} />
      </Stack>
    </>
  );
}

function TryOut({ deployment, schema }: { deployment: Deployment; schema: DeploymentSchema }) {
  const { t } = useTranslation('deployments');
  const predict = usePredict(deployment.url);
  const answer = useRef<HTMLDivElement>(null);
  const ask = (record: PredictionRecord): void =>
    predict.mutate(record, {
      // On a narrow screen the answer is below all fields.
      onSettled: () => requestAnimationFrame(() => answer.current?.scrollIntoView({ block: 'nearest' })),
    });
  return (
    <Panel title={t('try.title')} hint={t('try.hint')}>
      <div className={classes.try}>
        <TryForm schema={schema} pending={predict.isPending} onSubmit={ask} />
        <div className={classes.answer}>
          <div ref={answer} className={classes.kept}>
            {predict.isError ? (
              <ErrorNotice error={predict.error} />
            ) : predict.data !== undefined ? (
              <Answer answer={predict.data} target={schema.target} />
            ) : (
              <div className={classes.waiting}>
                <IconArrowLeft size={18} stroke={1.6} aria-hidden />
                {t('try.waiting')}
              </div>
            )}
          </div>
        </div>
      </div>
    </Panel>
  );
}
