import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { applyDatasetEvent } from '@/features/datasets/api';
import { receivePipelineEvent } from '@/features/pipelines/live/receive';
import { apiBase } from '@/shared/api/http';
import type { LiveEvent } from '@/shared/api/types';
import { LiveStatusContext } from '@/shared/live/LiveStatus';
import { keepSocket, socketUrl, type LiveStatus } from '@/shared/live/socket';

const isLiveEvent = (value: unknown): value is LiveEvent =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';

/** One line to the server for the whole app: what happens to any dataset or pipeline that we may see. */
export function LiveEvents({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>('connecting');
  useEffect(
    () =>
      keepSocket({
        url: socketUrl(`${apiBase}/events`),
        onStatus: setStatus,
        // The socket tells no past, so everything on the screen is asked for again.
        onReturn: () => void client.invalidateQueries(),
        onEvent: (event) => {
          if (!isLiveEvent(event)) return;
          if (event.kind === 'dataset') applyDatasetEvent(client, event);
          else if ('pipeline_id' in event) receivePipelineEvent(client, event);
        },
      }),
    [client],
  );
  return <LiveStatusContext value={status}>{children}</LiveStatusContext>;
}
