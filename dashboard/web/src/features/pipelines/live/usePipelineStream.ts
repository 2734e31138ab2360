import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { apiBase } from '@/shared/api/http';
import type { Pipeline } from '@/shared/api/types';
import { keepEventSource } from '@/shared/live/eventSource';
import { pipelineKeys } from '../api';
import { isFinal } from './applyEvent';
import { receiveDetail, receivePipelineEvent } from './receive';

/**
 * Follows one pipeline while its page is open. A finished one is read once, for its curves; `active`
 * changes when it is retried, and the stream is opened anew.
 */
export function usePipelineStream(id: string, active: boolean): void {
  const client = useQueryClient();
  useEffect(
    () =>
      keepEventSource({
        url: `${apiBase}/pipelines/${id}/events`,
        onEvent: (event) => {
          receivePipelineEvent(client, event);
          receiveDetail(client, event);
        },
        shouldReturn: () => {
          const pipeline = client.getQueryData<Pipeline>(pipelineKeys.one(id));
          return pipeline !== undefined && !isFinal(pipeline.state);
        },
      }),
    [client, id, active],
  );
}
