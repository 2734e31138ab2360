import { Button } from '@mantine/core';
import { IconCopy, IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Pipeline } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { isMetric } from '@/shared/lib/metrics';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { MoreMenu } from '@/shared/ui/MoreMenu';
import { MetaLine, PageHeader } from '@/shared/ui/PageHeader';
import { StateChip } from '@/shared/ui/StateChip';
import { toast } from '@/shared/ui/toast';
import { useDeletePipeline, usePipelineAction } from '../api';
import { isFinal } from '../live/applyEvent';
import { placeOf } from '../queue';

export function PipelineHeader({ pipeline, share }: { pipeline: Pipeline; share: ReactNode }) {
  const { t } = useTranslation(['pipelines', 'common']);
  const speaker = useSpeaker();
  const navigate = useNavigate();
  const cancel = usePipelineAction(pipeline.id, 'cancel');
  const retry = usePipelineAction(pipeline.id, 'retry');
  const remove = useDeletePipeline(pipeline.id, () => navigate('/'));
  const [deleting, setDeleting] = useState(false);
  const [stopping, setStopping] = useState(false);
  const menu = useRef<HTMLButtonElement>(null);
  const say = { onError: (error: Error) => toast.failed(speaker.error(error)) };
  const { task, metric, state } = pipeline;
  const place = placeOf(pipeline);
  // Whatever needs the dataset can only be refused without it.
  const datasetDeleted = pipeline.dataset_name === '';
  return (
    <>
      <PageHeader
        title={pipeline.name}
        parent={{ to: '/', label: t('list.title') }}
        aside={
          <span aria-live="polite" data-testid="pipeline-state">
            <StateChip state={state} words={place === null ? undefined : t('queue.place', { place })} />
          </span>
        }
        meta={
          <MetaLine
            items={[
              datasetDeleted ? (
                t('datasetDeleted')
              ) : (
                <Link key="dataset" className="link" to={`/datasets/${pipeline.dataset_id}`}>
                  {pipeline.dataset_name}
                </Link>
              ),
              t('run.target', { target: pipeline.target }),
              task === null ? null : t(`task.${task}`),
              isMetric(metric) ? t('run.metric', { metric: t(`metric.${metric}`) }) : null,
            ]}
          />
        }
        actions={
          <>
            {!isFinal(state) && (
              <Button
                variant="default"
                leftSection={<IconPlayerStop size={16} />}
                loading={cancel.isPending}
                onClick={() => setStopping(true)}
              >
                {t('run.cancel')}
              </Button>
            )}
            {state === 'failed' && !datasetDeleted && pipeline.error?.kind !== 'invalid_input' && (
              <Button
                leftSection={<IconRefresh size={16} />}
                loading={retry.isPending}
                onClick={() => retry.mutate(undefined, say)}
              >
                {t('run.retry')}
              </Button>
            )}
            {!datasetDeleted && (
              <Button
                component={Link}
                to={`/datasets/${pipeline.dataset_id}?clone=${pipeline.id}`}
                variant="default"
                leftSection={<IconCopy size={16} />}
              >
                {t('run.clone')}
              </Button>
            )}
            {share}
            {isFinal(state) && <MoreMenu ref={menu} onDelete={() => setDeleting(true)} />}
          </>
        }
      />
      <DeleteDialog
        opened={stopping && !isFinal(state)}
        title={t('run.cancelTitle', { name: pipeline.name })}
        text={t('run.cancelText')}
        confirm={t('run.cancel')}
        keep={t('common:action.keep')}
        remove={{
          isPending: cancel.isPending,
          error: cancel.error,
          reset: cancel.reset,
          mutate: () => cancel.mutate(undefined, { onSuccess: () => setStopping(false) }),
        }}
        onClose={() => setStopping(false)}
      />
      <DeleteDialog
        opened={deleting}
        title={t('run.deleteTitle', { name: pipeline.name })}
        text={t('run.deleteText')}
        remove={remove}
        onClose={() => {
          setDeleting(false);
          menu.current?.focus();
        }}
      />
    </>
  );
}
