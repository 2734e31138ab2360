import type { Pipeline, StageName } from '@/shared/api/types';

/** What the server calls a fit, `knn · 3`, and a trial, `#4 knn`; either may say where it was computed. */
const fitLabel = /^(\w+) · (\d+)( \(GPU\))?$/;
const trialLabel = /^#(\d+) (\w+)( \(GPU\))?$/;

export interface TrialLabel {
  number: number;
  algorithm: string;
  gpu: boolean;
}

export interface FitLabel extends TrialLabel {
  /** From one on; beyond the folds of the cross-validation it goes on with those of other cuts. */
  number: number;
}

const read = (pattern: RegExp, label: string): { first: string; second: string; gpu: boolean } | null => {
  const [, first, second, gpu] = pattern.exec(label) ?? [];
  return first === undefined || second === undefined ? null : { first, second, gpu: gpu !== undefined };
};

export function readTrial(label: string): TrialLabel | null {
  const found = read(trialLabel, label);
  return found === null ? null : { number: Number(found.first), algorithm: found.second, gpu: found.gpu };
}

export function readFit(label: string): FitLabel | null {
  const found = read(fitLabel, label);
  return found === null ? null : { algorithm: found.first, number: Number(found.second), gpu: found.gpu };
}

/** On which rows a fit learned: those of a fold, of a fold of another cut of the same rows, or of all rows. */
export interface Place {
  kind: 'fold' | 'cut' | 'whole';
  cut: number;
  fold: number;
}

/** `folds`: how many a cut has; where that is not known, every fit counts as of the first cut. */
export function placeOf(number: number, stage: StageName | null, folds: number | null): Place {
  const of = folds === null || folds < 1 ? number : folds;
  const cut = Math.floor((number - 1) / of) + 1;
  const fold = ((number - 1) % of) + 1;
  // The deployed model learns from the test rows, too.
  return { kind: stage === 'deploy' ? 'whole' : cut > 1 ? 'cut' : 'fold', cut, fold };
}

/** How many folds the cross-validation has: as the training says at its end, else as trials were fitted on. */
export function foldCount(pipeline: Pipeline, fits: { label: string; stage: StageName | null }[]): number | null {
  const told = pipeline.stages.find(({ name }) => name === 'train')?.message?.params.folds;
  if (typeof told === 'number') return told;
  const seen = fits.filter(({ stage }) => stage === 'optimise').map(({ label }) => readFit(label)?.number ?? 0);
  const most = Math.max(0, ...seen);
  return most > 1 ? most : null;
}
