import type { Pipeline, Stage, StageName } from '@/shared/api/types';
import { stageNames } from '@/shared/api/types';
import { isFinal } from '../live/applyEvent';

/** Where a pipeline is now: its first stage that is neither done nor left out. Null once it is final. */
export function currentStage(pipeline: Pipeline): Stage | null {
  if (isFinal(pipeline.state)) return null;
  return pipeline.stages.find((stage) => stage.state !== 'succeeded' && stage.state !== 'skipped') ?? null;
}

/** The pipelines at each stage, in the order of the stages. */
export function byStage(pipelines: Pipeline[]): Record<StageName, Pipeline[]> {
  const groups = Object.fromEntries(stageNames.map((name) => [name, [] as Pipeline[]])) as Record<
    StageName,
    Pipeline[]
  >;
  for (const pipeline of pipelines) {
    const stage = currentStage(pipeline);
    if (stage !== null) groups[stage.name].push(pipeline);
  }
  return groups;
}

/** The service that does each stage. */
export const services: Record<StageName, string> = {
  prepare: 'data-preparer',
  select: 'model-selector',
  optimise: 'hyperopt',
  train: 'trainer',
  evaluate: 'evaluator',
  deploy: 'deployer',
};
