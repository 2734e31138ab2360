import { expect, test } from 'vitest';
import type { Pipeline, StageState } from '@/shared/api/types';
import { stageNames } from '@/shared/api/types';
import { byStage, currentStage } from './currentStage';

const pipeline = (state: Pipeline['state'], ...states: StageState[]): Pipeline =>
  ({
    id: state,
    state,
    stages: stageNames.map((name, index) => ({ name, state: states[index] ?? 'pending' })),
  }) as Pipeline;

test('a pipeline stands at its first unfinished stage, and nowhere once it has ended', () => {
  expect(currentStage(pipeline('running', 'succeeded', 'succeeded', 'running'))?.name).toBe('optimise');
  expect(currentStage(pipeline('queued'))?.name).toBe('prepare');
  expect(currentStage(pipeline('failed', 'failed'))).toBeNull();
});

test('each service has its pipelines', () => {
  const groups = byStage([pipeline('queued'), pipeline('running', 'succeeded', 'queued'), pipeline('succeeded')]);
  expect(stageNames.map((name) => groups[name].length)).toEqual([1, 1, 0, 0, 0, 0]);
});
