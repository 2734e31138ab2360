import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Pipeline, StageName } from '@/shared/api/types';
import { ChartFrame } from '@/shared/chart/ChartFrame';
import { useFormat } from '@/shared/format/useFormat';
import { useNow } from '@/shared/lib/useNow';
import { ErrorNotice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { curvesQuery, timelineQuery } from '../api';
import { foldCount } from '../fits';
import { useSpanWords } from '../fitWords';
import { noCurves } from '../live/curves';
import { isFinal } from '../live/applyEvent';
import { stageWord } from '../stageWord';
import { Gantt } from './Gantt';
import { layoutTimeline, originOf, reachOf } from './layout';
import { Legend } from './Legend';

/** Where the time went: waiting, fetching, computing, storing, and what was lost to retries. */
export function TimelineChart({ pipeline }: { pipeline: Pipeline }) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const active = !isFinal(pipeline.state);
  const now = useNow(active, 250);
  const query = useQuery(timelineQuery(pipeline.id));
  // What the curves know while the training goes on; its end says it anyway.
  const { data: curves = noCurves } = useQuery(curvesQuery(pipeline.id));
  const name = useSpanWords(foldCount(pipeline, curves.fits));
  const [folded, setFolded] = useState<ReadonlySet<StageName>>(new Set());
  const spans = query.data ?? [];
  const origin = originOf(spans, pipeline.created_at);
  const states = new Map(pipeline.stages.map((stage) => [stage.name, stage.state]));
  const words = new Map(pipeline.stages.map((stage) => [stage.name, stageWord(pipeline, stage)]));
  const ended = active ? null : Date.parse(pipeline.finished_at ?? pipeline.created_at);
  const rows = layoutTimeline(spans, origin, now, ended, states);
  const toggle = (stage: StageName): void =>
    setFolded((before) => {
      const after = new Set(before);
      if (!after.delete(stage)) after.add(stage);
      return after;
    });
  const kinds = Array.from(
    new Set(rows.flatMap(({ bars, lanes }) => [...bars, ...lanes.flat()].map((bar) => bar.kind))),
  );
  return (
    <ChartFrame
      title={t('timeline.title')}
      hint={t('timeline.hint')}
      fileName={`${pipeline.name}-timeline`}
      testId="timeline"
      table={{
        head: [
          t('timeline.stage'),
          t('timeline.kind'),
          t('timeline.label'),
          t('timeline.start'),
          t('timeline.seconds'),
        ],
        rows: rows.flatMap(({ stage, bars, lanes }) =>
          [...bars, ...lanes.flat()].map(({ span, kind, from, to }) => [
            t(`stage.${stage}`),
            t(`span.${kind}`),
            name(span),
            format.time(span.start),
            Math.round((to - from) * 1000) / 1000,
          ]),
        ),
      }}
    >
      {hasFailed(query) ? (
        <ErrorNotice error={query.error} retry={query.refetch} />
      ) : query.isPending ? (
        <RowsSkeleton rows={6} height={22} />
      ) : (
        <>
          <Gantt
            rows={rows}
            nameOf={name}
            wordOf={(stage) => words.get(stage) ?? 'pending'}
            reach={reachOf(rows, active ? (now - origin) / 1000 : null, pipeline.eta_seconds)}
            nowAt={active ? (now - origin) / 1000 : null}
            folded={folded}
            onToggle={toggle}
          />
          <Legend kinds={kinds} />
        </>
      )}
    </ChartFrame>
  );
}
