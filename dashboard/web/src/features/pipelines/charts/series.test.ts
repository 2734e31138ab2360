import { expect, test } from 'vitest';
import type { Trial } from '@/shared/api/types';
import { algorithmOf, bestSoFar, roundsOf, scored, scoreDomain, straight, inFoldOrder } from './series';

const trial = (number: number, score: number | null, state: Trial['state'] = 'succeeded'): Trial => ({
  id: String(number),
  number,
  algorithm: 'knn',
  params: {},
  state,
  score,
  std: null,
  started_at: null,
  finished_at: null,
  seconds: null,
});

test('best so far only improves, in the direction of the metric, and pruned trials do not count', () => {
  const points = scored([
    trial(2, 0.4),
    trial(0, 0.5),
    trial(1, 0.1, 'pruned'),
    trial(3, 0.6),
    trial(4, null, 'running'),
  ]);
  expect(bestSoFar(points, 'log_loss').map((step) => step.best)).toEqual([0.5, 0.4, 0.4]);
  expect(bestSoFar(points, 'accuracy').map((step) => step.best)).toEqual([0.5, 0.5, 0.6]);
});

test('one hopeless trial does not press the others into a line', () => {
  const [low, high] = scoreDomain([0.2, 0.25, 0.3, 9], 'log_loss');
  expect(low).toBeLessThan(0.2);
  expect(high).toBeLessThan(1);
  expect(scoreDomain([0.5], 'accuracy')[0]).toBeLessThan(scoreDomain([0.5], 'accuracy')[1]);
});

test('curves belong to an algorithm, whose rounds have a name', () => {
  expect(['mlp · 2', 'gradient_boosting · 10', 'odd'].map(algorithmOf)).toEqual(['mlp', 'gradient_boosting', 'odd']);
  expect(roundsOf('mlp')).not.toBe(roundsOf('gradient_boosting'));
});

test('lines are straight, and have a gap where there is no value', () => {
  const path = straight(
    [1, 2, 4, null, 5],
    (n) => (n ?? 3) * 10,
    (n) => n,
  );
  expect(path).toBe('M10,1L20,2L40,4M50,5Z');
});

test('folds are named in their order, whichever came first', () => {
  const fits = [
    { label: 'mlp · 1', stage: 'deploy' as const },
    ...['mlp · 2', 'mlp · 10', 'mlp · 1'].map((label) => ({ label, stage: 'train' as const })),
  ];
  expect(inFoldOrder(fits).map(({ label, stage }) => `${stage} ${label}`)).toEqual([
    'train mlp · 1',
    'train mlp · 2',
    'train mlp · 10',
    'deploy mlp · 1',
  ]);
});
