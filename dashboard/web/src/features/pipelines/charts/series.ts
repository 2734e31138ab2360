import { extent, quantile } from 'd3-array';
import { line } from 'd3-shape';
import type { Metric, StageName, Trial } from '@/shared/api/types';
import { better, greaterIsBetter } from '@/shared/lib/metrics';
import { readFit } from '../fits';

export interface Scored {
  trial: Trial;
  score: number;
}

/** Trials that have a score, in the order of their numbers. */
export const scored = (trials: Trial[]): Scored[] =>
  trials
    .flatMap((trial) => (trial.score === null ? [] : [{ trial, score: trial.score }]))
    .sort((a, b) => a.trial.number - b.trial.number);

/** The best score after each trial; pruned ones have scores of other folds and do not count. */
export function bestSoFar(points: Scored[], metric: Metric): { number: number; best: number }[] {
  const steps: { number: number; best: number }[] = [];
  for (const { trial, score } of points) {
    if (trial.state !== 'succeeded') continue;
    const before = steps.at(-1)?.best;
    steps.push({ number: trial.number, best: before === undefined ? score : better(metric, before, score) });
  }
  return steps;
}

/**
 * The scores that are worth the room. One hopeless trial must not press all others into a line,
 * so the worse end stops a little beyond the bulk; what lies outside is drawn on the edge.
 */
export function scoreDomain(scores: number[], metric: Metric): [number, number] {
  const sorted = [...scores].sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const high = sorted.at(-1) ?? 1;
  const middle = quantile(sorted, 0.5) ?? low;
  const [from, to] = greaterIsBetter(metric)
    ? [Math.max(low, middle - 3 * (high - middle)), high]
    : [low, Math.min(high, middle + 3 * (middle - low))];
  return padded([from, to]);
}

/** All of the scores with a little air; never an empty range. */
export function padded(scores: number[]): [number, number] {
  const [from = 0, to = 1] = extent(scores);
  const pad = (to - from) * 0.06 || Math.abs(to) * 0.05 || 0.05;
  return [from - pad, to + pad];
}

/** Straight lines from point to point; where there is no value, the line has a gap. */
export const straight = <T>(points: T[], x: (point: T) => number, y: (point: T) => number | null): string =>
  line<T>(x, (point) => y(point) ?? 0).defined((point) => y(point) !== null)(points) ?? '';

/** The algorithm of a fit. */
export const algorithmOf = (label: string): string => readFit(label)?.algorithm ?? label;

/** Folds end in any order; people read them by number, and those of all rows last. */
export function inFoldOrder<T extends { label: string; stage: StageName | null }>(fits: T[]): T[] {
  const place = ({ label, stage }: T): [number, number] => [Number(stage === 'deploy'), readFit(label)?.number ?? 0];
  return [...fits].sort((a, b) => {
    const [[wholeA, foldA], [wholeB, foldB]] = [place(a), place(b)];
    return wholeA - wholeB || foldA - foldB;
  });
}

/** What one round is: a tree more, or all rows once more. */
export const roundsOf = (algorithm: string): 'boosting' | 'mlp' | 'other' =>
  algorithm === 'gradient_boosting' ? 'boosting' : algorithm === 'mlp' ? 'mlp' : 'other';
