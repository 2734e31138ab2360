import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { LogLine, Page, Pipeline, PipelineEvent, Trial } from '@/shared/api/types';
import { invalidateSoon } from '@/shared/lib/invalidateSoon';
import { pipelineKeys } from '../api';
import { applyEvent, applyLog, applyTrial } from './applyEvent';
import { applyCurve, noCurves, type Curves } from './curves';
import { isNews } from './freshness';

/**
 * Events change what is on the screen at once, and what they do not carry (words, bars, models)
 * is asked for shortly after, however many of them arrive.
 */
export function receivePipelineEvent(client: QueryClient, event: PipelineEvent): void {
  const id = event.pipeline_id;
  if (!isNews(event)) return;
  client.setQueryData<Pipeline>(pipelineKeys.one(id), (pipeline) =>
    pipeline === undefined ? undefined : applyEvent(pipeline, event),
  );
  const known = patchLists(client, event);
  switch (event.kind) {
    case 'pipeline':
      invalidateSoon(client, pipelineKeys.lists, 200);
      invalidateSoon(client, pipelineKeys.one(id), 200);
      invalidateSoon(client, ['pipelines', 'part', id], 400);
      invalidateSoon(client, ['models', id], 400);
      invalidateSoon(client, ['deployments'], 400);
      break;
    case 'stage':
      if (!known) invalidateSoon(client, pipelineKeys.lists, 300);
      invalidateSoon(client, pipelineKeys.one(id), 300);
      invalidateSoon(client, pipelineKeys.part(id, 'timeline'), 400);
      break;
    case 'trial':
      invalidateSoon(client, pipelineKeys.part(id, 'timeline'), 900);
      invalidateSoon(client, pipelineKeys.part(id, 'trials'), 2_000);
      break;
    case 'model':
      invalidateSoon(client, pipelineKeys.part(id, 'timeline'), 900);
      invalidateSoon(client, ['models', id], 600);
      break;
    case 'progress':
      // The time that is left only the server can tell.
      invalidateSoon(client, pipelineKeys.one(id), 2_500);
      break;
    default:
      break;
  }
}

/** Whether any list knew the pipeline. */
function patchLists(client: QueryClient, event: PipelineEvent): boolean {
  let known = false;
  client.setQueriesData<InfiniteData<Page<Pipeline>>>({ queryKey: pipelineKeys.lists }, (data) => {
    if (data === undefined) return undefined;
    const pages = data.pages.map((page) => ({
      ...page,
      items: page.items.map((pipeline) => {
        if (pipeline.id !== event.pipeline_id) return pipeline;
        known = true;
        return applyEvent(pipeline, event);
      }),
    }));
    return { ...data, pages };
  });
  return known;
}

/** What only the pipeline's own page shows; the stream tells it from the first event. */
export function receiveDetail(client: QueryClient, event: PipelineEvent): void {
  const id = event.pipeline_id;
  if (event.kind === 'curve' || event.kind === 'stage') {
    client.setQueryData<Curves>(pipelineKeys.part(id, 'curves'), (curves) => applyCurve(curves ?? noCurves, event));
  }
  if (event.kind === 'trial') {
    client.setQueryData<Trial[]>(pipelineKeys.part(id, 'trials'), (trials) =>
      trials === undefined ? undefined : applyTrial(trials, event),
    );
  }
  if (event.message != null) {
    client.setQueryData<LogLine[]>(pipelineKeys.part(id, 'logs'), (lines) =>
      lines === undefined ? undefined : applyLog(lines, event),
    );
  }
}
