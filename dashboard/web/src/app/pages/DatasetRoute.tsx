import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import { datasetQuery, profileQuery } from '@/features/datasets/api';
import { DatasetHeader } from '@/features/datasets/DatasetHeader';
import { DatasetPage } from '@/features/datasets/DatasetPage';
import { DatasetVersions, NewestVersion } from '@/features/datasets/DatasetVersions';
import { DatasetFailed, DatasetProfiling } from '@/features/datasets/DatasetWaiting';
import { pipelineQuery } from '@/features/pipelines/api';
import { ColumnSwitch } from '@/features/pipelines/create/ColumnSwitch';
import { initialDraft, isLeftOut } from '@/features/pipelines/create/draft';
import { TrainForm } from '@/features/pipelines/create/TrainForm';
import { PipelinesOf } from '@/features/pipelines/PipelinesOf';
import type { Dataset, PipelineSpec, Profile } from '@/shared/api/types';
import { ErrorNotice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { ShareAction } from './ShareAction';

/** A dataset beside the form that trains on it: the columns' switches belong to both. */
export function Component() {
  const { id = '' } = useParams();
  const [params] = useSearchParams();
  const cloneOf = params.get('clone');
  const dataset = useQuery(datasetQuery(id));
  const ready = dataset.data?.state === 'ready';
  const profile = useQuery(profileQuery(id, dataset.data?.version ?? 0, ready));
  const origin = useQuery({ ...pipelineQuery(cloneOf ?? ''), enabled: cloneOf !== null });
  if (hasFailed(dataset)) return <ErrorNotice error={dataset.error} retry={dataset.refetch} />;
  if (dataset.data === undefined) return <RowsSkeleton rows={8} />;
  const waiting = profile.data === undefined || (cloneOf !== null && origin.isPending);
  return (
    <>
      <DatasetHeader
        dataset={dataset.data}
        pipelines={<PipelinesOf datasetId={id} />}
        share={
          <ShareAction thing={{ noun: 'datasets', id }} name={dataset.data.name} ownerId={dataset.data.owner_id} />
        }
      />
      <Stack gap="lg">
        <NewestVersion dataset={dataset.data} />
        {dataset.data.state === 'failed' ? (
          <DatasetFailed dataset={dataset.data} />
        ) : hasFailed(profile) ? (
          <ErrorNotice error={profile.error} retry={profile.refetch} />
        ) : waiting ? (
          <DatasetProfiling />
        ) : (
          <Ready
            key={`${id}-${dataset.data.version}-${cloneOf ?? ''}`}
            dataset={dataset.data}
            profile={profile.data}
            from={origin.data?.spec ?? null}
            cloneOf={origin.data === undefined ? null : cloneOf}
          />
        )}
        <DatasetVersions dataset={dataset.data} />
      </Stack>
    </>
  );
}

interface ReadyProps {
  dataset: Dataset;
  profile: Profile;
  from: PipelineSpec | null;
  cloneOf: string | null;
}

function Ready({ dataset, profile, from, cloneOf }: ReadyProps) {
  const [draft, setDraft] = useState(() => initialDraft(profile, from));
  return (
    <DatasetPage
      dataset={dataset}
      profile={profile}
      roleOf={(column) => (column.name === draft.target ? 'target' : isLeftOut(draft, column) ? 'excluded' : 'used')}
      control={(column) => <ColumnSwitch column={column} draft={draft} onChange={setDraft} />}
      side={<TrainForm dataset={dataset} profile={profile} draft={draft} onChange={setDraft} cloneOf={cloneOf} />}
    />
  );
}
