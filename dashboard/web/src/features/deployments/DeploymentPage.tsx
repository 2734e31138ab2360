import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import type { Deployment, DeploymentSchema, DeploymentVersion, PredictionRecord } from '@/shared/api/types';
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
import { exampleRecord } from './record';
import { refusalOf } from './refusal';
import { Snippets } from './Snippets';
import { TryForm } from './TryForm';
import { Versions } from './Versions';

interface Props {
  name: string;
  /** Models are another noun: the app brings their names. */
  model: (version: DeploymentVersion) => ReactNode;
  /** So is whom it is shared with. */
  share: (deployment: Deployment) => ReactNode;
}

export function DeploymentPage({ name, model, share }: Props) {
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
        actions={
          <>
            {share(deployment)}
            <DeploymentMenu name={name} />
          </>
        }
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
          <TryOut key={deployment.version} deployment={deployment} schema={schema.data} url={url} />
        )}
        <Versions deployment={deployment} model={model} />
      </Stack>
    </>
  );
}

interface TryOutProps {
  deployment: Deployment;
  schema: DeploymentSchema;
  url: string;
}

/** The form, its answer, and the same call as a program. */
function TryOut({ deployment, schema, url }: TryOutProps) {
  const { t } = useTranslation('deployments');
  const predict = usePredict(deployment.url);
  const answer = useRef<HTMLDivElement>(null);
  const [record, setRecord] = useState(() => exampleRecord(schema.columns));
  const refused = useMemo(() => refusalOf(predict.error, schema.columns), [predict.error, schema.columns]);
  const stale = predict.data !== undefined && JSON.stringify(predict.variables) !== JSON.stringify(record);
  const change = (next: PredictionRecord): void => {
    setRecord(next);
    if (predict.isError) predict.reset();
  };
  const ask = (next: PredictionRecord): void => {
    setRecord(next);
    predict.mutate(next, {
      onSettled: (_, error) => {
        // On a narrow screen the answer is below all fields; a field that is refused is shown itself.
        if (refusalOf(error, schema.columns) !== null) return;
        requestAnimationFrame(() => answer.current?.scrollIntoView({ block: 'nearest' }));
      },
    });
  };
  return (
    <>
      <Panel title={t('try.title')} hint={t('try.hint')}>
        <div className={classes.try}>
          <TryForm schema={schema} pending={predict.isPending} refused={refused} onChange={change} onSubmit={ask} />
          <div className={classes.answer}>
            <div ref={answer} className={classes.kept}>
              {refused !== null ? (
                <Notice tone="bad">{t('try.refused', { name: refused.column })}</Notice>
              ) : predict.isError ? (
                <ErrorNotice error={predict.error} />
              ) : predict.data !== undefined ? (
                <>
                  {stale && <p className={classes.before}>{t('try.before')}</p>}
                  <div className={stale ? classes.stale : undefined}>
                    <Answer answer={predict.data} target={schema.target} />
                  </div>
                </>
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
      <Snippets url={url} record={record} />
    </>
  );
}
