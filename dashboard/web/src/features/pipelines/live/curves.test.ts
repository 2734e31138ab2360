import { expect, test } from 'vitest';
import type { PipelineEvent } from '@/shared/api/types';
import { applyCurve, noCurves, type Curves } from './curves';

/** Points of one message: `[label, first round, last round]`. */
type Told = [label: string, from: number, to: number, model?: number];

const event = (seq: number, part: Partial<PipelineEvent>): PipelineEvent => ({
  seq,
  pipeline_id: 'p',
  at: '2025-01-01T00:00:00Z',
  kind: 'curve',
  stage: 'train',
  data: {},
  ...part,
});

function events(...messages: Told[]): PipelineEvent[] {
  let seq = 0;
  return messages.flatMap(([label, from, to, model], message) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      seq += 1;
      const data = { label, round: from + i, score: 1 / (from + i), model };
      return event(seq, { at: `2025-01-01T00:00:${String(message).padStart(2, '0')}Z`, data });
    }),
  );
}

const tell = (all: PipelineEvent[], before: Curves = noCurves): Curves => all.reduce(applyCurve, before);
const rounds = ({ fits }: Curves): [string, number[]][] =>
  fits.map(({ label, points }) => [label, points.map(({ round }) => round)]);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('each fold has a line of its own', () => {
  const curves = tell(events(['a · 1', 1, 2], ['a · 2', 1, 3], ['a · 1', 3, 4]));
  expect(rounds(curves)).toEqual([
    ['a · 1', upTo(1, 4)],
    ['a · 2', upTo(1, 3)],
  ]);
});

test('two models that are called the same are two lines, also when one overtakes the other', () => {
  const curves = tell(events(['a · 1', 1, 20], ['a · 1', 1, 12], ['a · 1', 21, 24], ['a · 1', 13, 40]));
  expect(rounds(curves)).toEqual([
    ['a · 1', upTo(1, 24)],
    ['a · 1', upTo(1, 40)],
  ]);
});

test('a server that tells the model leaves nothing to guess', () => {
  const curves = tell(events(['a · 1', 1, 4, 0], ['a · 1', 3, 5, 1], ['a · 1', 6, 9, 1], ['a · 1', 5, 6, 0]));
  expect(rounds(curves)).toEqual([
    ['a · 1', upTo(1, 6)],
    ['a · 1', upTo(3, 9)],
  ]);
});

test('a stream that begins again adds nothing', () => {
  const all = events(['a · 1', 1, 3], ['a · 1', 1, 2]);
  const curves = tell(all);
  expect(tell(all, curves)).toBe(curves);
});

test('a stage that is done again begins with an empty drawing', () => {
  const curves = tell(events(['a · 1', 1, 3]));
  const first = event(4, { kind: 'stage', data: { state: 'running', attempt: 1 } });
  expect(applyCurve(curves, first)).toBe(curves);
  const second = event(5, { kind: 'stage', data: { state: 'running', attempt: 2 } });
  expect(applyCurve(curves, second)).toEqual({ seq: 5, fits: [] });
  expect(applyCurve(curves, { ...second, stage: 'optimise' })).toBe(curves);
});

test('a point without a score is passed over', () => {
  const curves = applyCurve(noCurves, event(1, { data: { label: 'a', round: 1, score: null } }));
  expect(curves.fits).toEqual([]);
});
