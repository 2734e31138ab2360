import { stageNames, type Span, type SpanKind, type StageName, type StageState } from '@/shared/api/types';

/** A span's kind, or how its stage ended: the last attempt of a stage that failed is no retry. */
export type BarKind = SpanKind | 'failure';

export interface Bar {
  span: Span;
  kind: BarKind;
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

/** How a stage ended, for those that did not end well. */
export type Ends = ReadonlyMap<StageName, StageState>;

function withEnding(bars: Bar[], state: StageState | undefined): Bar[] {
  const kind = state === 'failed' ? 'failure' : state === 'cancelled' ? 'cancelled' : null;
  const last = bars.reduce<Bar | null>((later, bar) => (later === null || bar.to >= later.to ? bar : later), null);
  if (kind === null || last?.kind !== 'retry') return bars;
  return bars.map((bar) => (bar === last ? { ...bar, kind } : bar));
}

/**
 * One row a stage, in order. Times are milliseconds since the epoch. Open bars reach to `now`; when
 * the pipeline has ended, at `ended`, nothing is open any more.
 */
export function layoutTimeline(
  spans: Span[],
  origin: number,
  now: number,
  ended: number | null = null,
  ends: Ends = new Map(),
): StageRow[] {
  const toBar = (span: Span): Bar => {
    const end = span.end === null ? (ended ?? now) : Date.parse(span.end);
    const from = (Date.parse(span.start) - origin) / 1000;
    const open = span.end === null && ended === null;
    return { span, kind: span.kind, from, to: Math.max(from, (end - origin) / 1000), open };
  };
  return stageNames.map((stage) => {
    const own = spans.filter((span) => span.stage === stage);
    const children = own.filter((span) => isChild(span.kind)).map(toBar);
    // Folds lie within their trial's time, so the two kinds never share a lane.
    const lanes = (['trial', 'fold'] as const).flatMap((kind) =>
      packLanes(children.filter((bar) => bar.span.kind === kind)),
    );
    const bars = withEnding(own.filter((span) => !isChild(span.kind)).map(toBar), ends.get(stage));
    return { stage, bars, lanes, children: children.length };
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
