import { expect, test } from 'vitest';
import type { PipelineEvent } from '@/shared/api/types';
import { isNews, markFresh } from './freshness';

const event = (id: string, seq: number, at: number): PipelineEvent => ({
  seq,
  pipeline_id: id,
  at: new Date(at).toISOString(),
  kind: 'stage',
  data: {},
});

test('an event told by both lines is news once', () => {
  const now = Date.now();
  expect(isNews(event('a', 1, now))).toBe(true);
  expect(isNews(event('a', 1, now))).toBe(false);
});

test('the past that a fetch already holds is no news, what may have crossed it is', async () => {
  const now = Date.now();
  await markFresh('b', () => Promise.resolve(null));
  expect(isNews(event('b', 1, now - 60_000))).toBe(false);
  expect(isNews(event('b', 2, now - 1_000))).toBe(true);
});

test('times that do not follow the order of the numbers lose nothing', () => {
  const now = Date.now();
  expect(isNews(event('c', 1, now))).toBe(true);
  expect(isNews(event('c', 2, now - 40))).toBe(true);
});
