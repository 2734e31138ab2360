import type { Pipeline } from '@/shared/api/types';

/** On which rows the best score was measured: until the evaluation has told the test's, by cross-validation. */
export function scoreKind(pipeline: Pipeline): 'cv' | 'test' {
  const evaluate = pipeline.stages.find(({ name }) => name === 'evaluate');
  const tested = evaluate?.state === 'succeeded' && evaluate.message?.code !== 'evaluate.done_without_test';
  return tested ? 'test' : 'cv';
}
