import { beforeEach, expect, test } from 'vitest';
import { observeServerTime, resetServerClock, serverNow } from './serverClock';

beforeEach(resetServerClock);

test('the best of many readings wins: a slow answer cannot turn the clock back', () => {
  observeServerTime(new Date(100_000).toISOString(), 40_000);
  observeServerTime(new Date(101_000).toISOString(), 43_000);
  expect(serverNow(50_000)).toBe(110_000);
});

test('without a reading, or with nonsense, this machine’s clock counts', () => {
  observeServerTime('yesterday', 5);
  expect(serverNow(7)).toBe(7);
});
