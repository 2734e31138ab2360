import { expect, test } from 'vitest';
import type { LeaderboardRow } from '@/shared/api/types';
import { inOrder, withinNoise } from './noise';

const row = (rank: number | null, ci: [number, number] | null): LeaderboardRow => ({
  model_id: String(rank),
  algorithm: 'knn',
  algorithm_title: 'kNN',
  params: {},
  metric: 'accuracy',
  cv_score: 0.9,
  cv_std: 0.01,
  folds: { done: 5, of: 5 },
  test_score: null,
  test_ci: ci,
  fit_seconds: 1,
  predict_us_per_row: null,
  bytes: 1,
  rank,
  chosen: false,
});

test('overlapping intervals are within noise, others and unknown ones are not', () => {
  const first = row(1, [0.9, 0.96]);
  expect(withinNoise(row(2, [0.85, 0.91]), first)).toBe(true);
  expect(withinNoise(row(2, [0.7, 0.89]), first)).toBe(false);
  expect(withinNoise(row(2, null), first)).toBe(false);
  expect(withinNoise(first, first)).toBe(false);
});

test('models without a rank come last', () => {
  expect(inOrder([row(null, null), row(2, null), row(1, null)]).map((r) => r.rank)).toEqual([1, 2, null]);
});
