import { expect, test } from 'vitest';
import type { LeaderboardRow, Message } from '@/shared/api/types';
import { compare, inOrder } from './noise';

const row = (rank: number | null, ci: [number, number] | null): LeaderboardRow => ({
  model_id: String(rank),
  algorithm: `algorithm ${rank}`,
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

const verdict = (code: string): Message => ({
  code,
  params: { first: 'algorithm 1', second: 'algorithm 2' },
  text: '',
});

const first = row(1, [0.9, 0.96]);
const overlapping = row(2, [0.85, 0.91]);

test('without a verdict, of intervals that overlap it is only said that they do', () => {
  expect(compare(overlapping, first, null)).toBe('overlap');
  expect(compare(overlapping, first, undefined)).toBe('overlap');
  expect(compare(row(2, [0.7, 0.89]), first, null)).toBeNull();
  expect(compare(row(2, null), first, null)).toBeNull();
  expect(compare(first, first, null)).toBeNull();
});

test('the paired verdict stands above the intervals, whatever they look like', () => {
  expect(compare(overlapping, first, verdict('evaluate.wins'))).toBeNull();
  expect(compare(overlapping, first, verdict('evaluate.within_noise'))).toBe('noise');
  expect(compare(row(2, [0.7, 0.89]), first, verdict('evaluate.within_noise'))).toBe('noise');
  expect(compare(overlapping, first, verdict('evaluate.loses'))).toBe('better');
});

test('the verdict is about the models that it names and about no others', () => {
  expect(compare(row(3, [0.85, 0.91]), first, verdict('evaluate.wins'))).toBe('overlap');
  expect(compare(row(3, [0.7, 0.8]), first, verdict('evaluate.within_noise'))).toBeNull();
  expect(compare(overlapping, row(0, [0.9, 0.96]), verdict('evaluate.wins'))).toBe('overlap');
});

test('models without a rank come last', () => {
  expect(inOrder([row(null, null), row(2, null), row(1, null)]).map((r) => r.rank)).toEqual([1, 2, null]);
});
