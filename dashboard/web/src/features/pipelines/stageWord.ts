import { stageNames, type Pipeline, type Stage, type StageState } from '@/shared/api/types';

/** What is said of a stage: its state, or that the pipeline ended before it. */
export type StageWord = StageState | 'notReached';

/** A stage that somebody wanted and that never began, because the pipeline failed or was stopped before. */
export function stageWord(pipeline: Pipeline, stage: Stage): StageWord {
  const { state, spec } = pipeline;
  const ended = state === 'failed' || state === 'cancelled';
  const asked = stageNames.indexOf(stage.name) <= stageNames.indexOf(spec.stop_after ?? 'deploy');
  const idle = stage.state === 'skipped' || (stage.state === 'cancelled' && stage.started_at === null);
  return ended && asked && idle ? 'notReached' : stage.state;
}
