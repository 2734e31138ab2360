import { expect, test } from 'vitest';
import type { Span } from '@/shared/api/types';
import { layoutTimeline, originOf, packLanes, reachOf } from './layout';

const at = (seconds: number): string => new Date(1_000_000 + seconds * 1000).toISOString();
const span = (id: string, part: Partial<Span>): Span => ({
  id,
  stage: 'optimise',
  kind: 'trial',
  start: at(0),
  end: at(1),
  label: id,
  parent: null,
  ...part,
});

test('an open bar grows to now', () => {
  const rows = layoutTimeline([span('a', { kind: 'compute', end: null })], 1_000_000, 1_000_000 + 7_500);
  expect(rows[2]?.bars[0]).toMatchObject({ from: 0, to: 7.5, open: true });
});

test('once the pipeline has ended nothing grows, and a stage that failed ends with a failure', () => {
  const spans = [span('a', { kind: 'compute', end: null }), span('r', { kind: 'retry', start: at(1), end: null })];
  const rows = layoutTimeline(
    spans,
    1_000_000,
    1_000_000 + 99_000,
    1_000_000 + 3_000,
    new Map([['optimise', 'failed']]),
  );
  expect(rows[2]?.bars[0]).toMatchObject({ to: 3, open: false, kind: 'compute' });
  expect(rows[2]?.bars[1]).toMatchObject({ to: 3, kind: 'failure' });
  expect(layoutTimeline(spans, 1_000_000, 2_000_000)[2]?.bars[1]?.kind).toBe('retry');
});

test('what ran side by side takes as many lanes, what followed shares one', () => {
  const [rows] = [
    layoutTimeline(
      [
        span('a', { start: at(0), end: at(2) }),
        span('b', { start: at(1), end: at(3) }),
        span('c', { start: at(2), end: at(4) }),
      ],
      1_000_000,
      0,
    ),
  ];
  expect(rows[2]?.lanes.map((lane) => lane.map((bar) => bar.span.id))).toEqual([['a', 'c'], ['b']]);
  expect(packLanes([])).toEqual([]);
});

test('folds never share a lane with trials', () => {
  const rows = layoutTimeline(
    [span('t', {}), span('f', { kind: 'fold', start: at(2), end: at(3), parent: 't' })],
    1_000_000,
    0,
  );
  expect(rows[2]?.lanes).toHaveLength(2);
});

test('the axis begins with the first thing known and leaves room for what is expected', () => {
  expect(originOf([span('a', { start: at(-3) })], at(0))).toBe(1_000_000 - 3_000);
  const rows = layoutTimeline([span('a', { kind: 'compute' })], 1_000_000, 0);
  expect(reachOf(rows, null, null)).toBe(1);
  expect(reachOf(rows, 5, 15)).toBe(20);
});
