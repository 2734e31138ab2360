import type { PipelineEvent, StageName } from '@/shared/api/types';

export interface CurvePoint {
  round: number;
  score: number;
  train: number | null;
}

/** One fit of one model: its points in the order of their rounds. */
export interface Fit {
  label: string;
  stage: StageName | null;
  /** The model's number, if the server tells it. */
  model: number | null;
  /** When its newest points were told: those of one message belong together. */
  at: string;
  points: CurvePoint[];
}

export interface Curves {
  /** The newest event that is in here; a stream that begins again tells all of them again. */
  seq: number;
  fits: Fit[];
}

export const noCurves: Curves = { seq: 0, fits: [] };

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** What an event adds to the curves of its pipeline. */
export function applyCurve(curves: Curves, event: PipelineEvent): Curves {
  const { seq, kind, data } = event;
  if (seq <= curves.seq) return curves;
  if (kind === 'curve') return { seq, fits: withPoint(curves.fits, event) };
  // A stage that is done again fits its models again.
  const again = kind === 'stage' && data.state === 'running' && (numberOrNull(data.attempt) ?? 1) > 1;
  if (!again || !curves.fits.some((fit) => fit.stage === event.stage)) return curves;
  return { seq, fits: curves.fits.filter((fit) => fit.stage !== event.stage) };
}

function withPoint(fits: Fit[], { at, stage = null, data }: PipelineEvent): Fit[] {
  const { label, round, score } = data;
  if (typeof label !== 'string' || typeof round !== 'number' || typeof score !== 'number') return fits;
  const model = numberOrNull(data.model);
  const point = { round, score, train: numberOrNull(data.train_score) };
  const place = placeOf(fits, { label, model, stage, at }, round);
  const fit = fits[place];
  if (fit === undefined) return [...fits, { label, model, stage, at, points: [point] }];
  const longer = { ...fit, at, points: [...fit.points, point] };
  return fits.map((other) => (other === fit ? longer : other));
}

/**
 * Which fit a point goes on with; -1 if it begins one. Two models of one algorithm learn at the
 * same time and are called the same: a point continues the message it came in, else the fit that
 * is closest behind it, so that no line jumps from one fit to another.
 */
function placeOf(fits: Fit[], point: Omit<Fit, 'points'>, round: number): number {
  let best = -1;
  let bestRank = -Infinity;
  fits.forEach((fit, place) => {
    if (fit.label !== point.label || fit.model !== point.model || fit.stage !== point.stage) return;
    const last = fit.points.at(-1)?.round ?? -Infinity;
    if (last >= round) return;
    const rank = fit.at === point.at ? Infinity : last;
    if (rank >= bestRank) {
      best = place;
      bestRank = rank;
    }
  });
  return best;
}
