import { describe, expect, test } from 'vitest';
import type { Pipeline, PipelineEvent } from '@/shared/api/types';
import { aPipeline } from '../aPipeline';
import { applyEvent, applyLog, applyTrial } from './applyEvent';

const pipeline = aPipeline();

const event = (part: Partial<PipelineEvent>): PipelineEvent => ({
  seq: 1,
  pipeline_id: 'p',
  at: '2025-01-01T00:00:05Z',
  kind: 'stage',
  data: {},
  ...part,
});

describe('applyEvent', () => {
  test('the end of the preparation says what the data decided', () => {
    const auto: Pipeline = { ...pipeline, task: 'auto', metric: 'auto' };
    const params = { rows_train: 9, rows_test: 3, columns: 2, task: 'multiclass', metric: 'log_loss' };
    const message = { code: 'prepare.done', params, text: '' };
    const prepared = applyEvent(auto, event({ stage: 'prepare', data: { state: 'succeeded' }, message }));
    expect(prepared).toMatchObject({ task: 'multiclass', metric: 'log_loss' });
    const trial = event({ kind: 'trial', data: { number: 0, algorithm: 'knn', state: 'succeeded', score: 0.4 } });
    expect(applyEvent(applyEvent(prepared, trial), { ...trial, data: { ...trial.data, score: 0.9 } }).best_score).toBe(
      0.4,
    );
  });

  test('a stage that starts gets its times and keeps them', () => {
    const started = event({ stage: 'prepare', data: { state: 'running', attempt: 1 } });
    const once = applyEvent(pipeline, started);
    expect(once.stages[0]).toMatchObject({ state: 'running', started_at: started.at, attempt: 1 });
    expect(applyEvent(once, started)).toEqual(once);
    const done = applyEvent(
      once,
      event({ at: '2025-01-01T00:00:09Z', stage: 'prepare', data: { state: 'succeeded' } }),
    );
    expect(done.stages[0]).toMatchObject({ state: 'succeeded', started_at: started.at, progress: 1 });
    expect(done.progress).toBeCloseTo(0.05);
  });

  test('progress never goes back', () => {
    const ahead = applyEvent(pipeline, event({ kind: 'progress', stage: 'train', data: { fraction: 0.6 } }));
    const late = applyEvent(ahead, event({ kind: 'progress', stage: 'train', data: { fraction: 0.4 } }));
    expect(late.stages.find((s) => s.name === 'train')?.progress).toBe(0.6);
  });

  test('a smaller loss is the better score', () => {
    const first = applyEvent(pipeline, event({ kind: 'trial', data: { number: 0, state: 'succeeded', score: 0.5 } }));
    const worse = applyEvent(first, event({ kind: 'trial', data: { number: 1, state: 'succeeded', score: 0.9 } }));
    expect(worse.best_score).toBe(0.5);
  });

  test('the end has a time, and a retry takes it away', () => {
    const failed = applyEvent(pipeline, event({ kind: 'pipeline', data: { state: 'failed' } }));
    expect(failed.finished_at).toBe('2025-01-01T00:00:05Z');
    expect(applyEvent(failed, event({ kind: 'pipeline', data: { state: 'running' } })).finished_at).toBeNull();
  });
});

test('a trial is added once and then changed', () => {
  const running = applyTrial([], event({ data: { number: 3, algorithm: 'knn', state: 'running' } }));
  const done = applyTrial(running, event({ data: { number: 3, algorithm: 'knn', state: 'succeeded', score: 0.2 } }));
  expect(done).toHaveLength(1);
  expect(done[0]).toMatchObject({ state: 'succeeded', score: 0.2 });
});

test('a log line that was fetched is not told again by the stream', () => {
  const line = event({ kind: 'log', seq: 7, message: { code: 'x', params: {}, text: 'hello' } });
  const lines = applyLog([], line);
  expect(lines).toMatchObject([{ seq: 7, level: 'info' }]);
  expect(applyLog(lines, line)).toBe(lines);
});
