import { stageNames, type Span, type SpanKind, type StageName } from '@/shared/api/types';

export interface Bar {
  span: Span;
  /** Seconds since the start of the pipeline. */
  from: number;
  to: number;
  open: boolean;
}

export interface StageRow {
  stage: StageName;
  bars: Bar[];
  /** Trials and folds, packed so that what ran at the same time stands below each other. */
  lanes: Bar[][];
  children: number;
}

const isChild = (kind: SpanKind): boolean => kind === 'trial' || kind === 'fold';

/** Puts each bar into the first lane that is free by then; as many lanes as ran side by side. */
export function packLanes(bars: Bar[]): Bar[][] {
  const lanes: Bar[][] = [];
  for (const bar of [...bars].sort((a, b) => a.from - b.from)) {
    // A hair of tolerance: a trial begins in the same millisecond in which the last one ended.
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= bar.from + 0.002);
    if (free === undefined) lanes.push([bar]);
    else free.push(bar);
  }
  return lanes;
}

/** One row a stage, in order, open bars reaching to `now`. Times are milliseconds since the epoch. */
export function layoutTimeline(spans: Span[], origin: number, now: number): StageRow[] {
  const toBar = (span: Span): Bar => {
    const end = span.end === null ? now : Date.parse(span.end);
    const from = (Date.parse(span.start) - origin) / 1000;
    return { span, from, to: Math.max(from, (end - origin) / 1000), open: span.end === null };
  };
  return stageNames.map((stage) => {
    const own = spans.filter((span) => span.stage === stage);
    const children = own.filter((span) => isChild(span.kind)).map(toBar);
    // Folds lie within their trial's time, so the two kinds never share a lane.
    const lanes = (['trial', 'fold'] as const).flatMap((kind) =>
      packLanes(children.filter((bar) => bar.span.kind === kind)),
    );
    return { stage, bars: own.filter((span) => !isChild(span.kind)).map(toBar), lanes, children: children.length };
  });
}

/** The first moment that is drawn. */
export const originOf = (spans: Span[], createdAt: string): number =>
  Math.min(Date.parse(createdAt), ...spans.map((span) => Date.parse(span.start)));

/** How far the axis reaches: a running pipeline leaves room for what the server still expects. */
export function reachOf(rows: StageRow[], nowSeconds: number | null, etaSeconds: number | null): number {
  const ends = rows.flatMap((row) => [...row.bars, ...row.lanes.flat()].map((bar) => bar.to));
  const last = Math.max(0.1, ...ends);
  return nowSeconds === null ? last : Math.max(last, nowSeconds + (etaSeconds ?? nowSeconds * 0.1));
}
