import { stageNames, type Pipeline, type Stage, type StageState } from '@/shared/api/types';

/** A stage's state as it is said: what a cancelled pipeline did not come to was cancelled, unless nobody asked for it. */
export function shownState(pipeline: Pipeline, stage: Stage): StageState {
  if (pipeline.state !== 'cancelled' || stage.state === 'succeeded' || stage.state === 'failed') return stage.state;
  const last = pipeline.spec.stop_after;
  const asked = last === undefined || stageNames.indexOf(stage.name) <= stageNames.indexOf(last);
  return stage.state === 'skipped' && !asked ? 'skipped' : 'cancelled';
}
