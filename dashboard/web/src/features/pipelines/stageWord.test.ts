import { expect, test } from 'vitest';
import type { Pipeline, Stage } from '@/shared/api/types';
import { aStage } from './aStage';
import { scoreKind } from './scoreKind';
import { stageWord } from './stageWord';

const stage = (part: Partial<Stage>) => aStage({ name: 'train', state: 'skipped', ...part });
const pipeline = (part: Partial<Pipeline>) => ({ spec: {}, stages: [], ...part }) as unknown as Pipeline;

test('a stage after the one that failed was not reached, one that nobody wanted was not asked for', () => {
  const failed = pipeline({ state: 'failed' });
  expect(stageWord(failed, stage({}))).toBe('notReached');
  expect(stageWord(pipeline({ state: 'cancelled' }), stage({ state: 'cancelled' }))).toBe('notReached');
  expect(stageWord(failed, stage({ state: 'cancelled', started_at: '2026-01-01T00:00:00Z' }))).toBe('cancelled');
  expect(stageWord(pipeline({ state: 'succeeded' }), stage({}))).toBe('skipped');
  const short = pipeline({ state: 'failed', spec: { dataset_id: 'd', target: 'y', stop_after: 'select' } });
  expect(stageWord(short, stage({}))).toBe('skipped');
});

test('the best score is the one of cross-validation until the test rows have told theirs', () => {
  const evaluated = stage({ name: 'evaluate', state: 'succeeded' });
  const untested = { code: 'evaluate.done_without_test', params: {}, text: '' };
  expect(scoreKind(pipeline({ stages: [stage({ name: 'evaluate', state: 'cancelled' })] }))).toBe('cv');
  expect(scoreKind(pipeline({ stages: [evaluated] }))).toBe('test');
  expect(scoreKind(pipeline({ stages: [{ ...evaluated, message: untested }] }))).toBe('cv');
});
