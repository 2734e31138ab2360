import type {
  LogLine,
  Pipeline,
  PipelineEvent,
  PipelineState,
  Stage,
  StageState,
  Task,
  Trial,
} from '@/shared/api/types';
import { pipelineStates } from '@/shared/api/types';
import { better, isMetric } from '@/shared/lib/metrics';

const states: ReadonlySet<unknown> = new Set([...pipelineStates, 'pending', 'skipped']);
const isStageState = (value: unknown): value is StageState => states.has(value);
const isPipelineState = (value: unknown): value is PipelineState =>
  isStageState(value) && value !== 'pending' && value !== 'skipped';
const isTask = (value: unknown): value is Task =>
  value === 'binary' || value === 'multiclass' || value === 'regression';
const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);

export const isFinal = (state: PipelineState): boolean => state !== 'queued' && state !== 'running';

/** What the event changes in its pipeline. Applying it twice is the same as once. */
export function applyEvent(pipeline: Pipeline, event: PipelineEvent): Pipeline {
  switch (event.kind) {
    case 'pipeline':
      return onPipeline(pipeline, event);
    case 'stage':
      return decided(
        onStage(pipeline, event, (stage) => stageMoved(stage, event)),
        event,
      );
    case 'progress':
      return onStage(pipeline, event, (stage) => ({
        ...stage,
        progress: Math.max(stage.progress, numberOr(event.data.fraction, 0)),
        message: event.message ?? stage.message,
      }));
    case 'trial':
      return onTrial(pipeline, event);
    case 'warning':
      return event.message == null || pipeline.warnings.some((w) => w.text === event.message?.text)
        ? pipeline
        : { ...pipeline, warnings: [...pipeline.warnings, event.message] };
    default:
      return pipeline;
  }
}

function onPipeline(pipeline: Pipeline, { data, at }: PipelineEvent): Pipeline {
  const state = isPipelineState(data.state) ? data.state : pipeline.state;
  return {
    ...pipeline,
    state,
    progress: state === 'succeeded' ? 1 : numberOr(data.progress, pipeline.progress),
    started_at: pipeline.started_at ?? (state === 'running' ? at : null),
    finished_at: isFinal(state) ? (pipeline.finished_at ?? at) : null,
  };
}

/** How much of the whole each stage usually takes; the server's own weights. */
const weights = { prepare: 0.05, select: 0.05, optimise: 0.5, train: 0.3, evaluate: 0.05, deploy: 0.05 } as const;

const overall = (stages: Stage[]): number =>
  stages.reduce((sum, { name, state, progress }) => {
    const done = state === 'succeeded' || state === 'skipped' ? 1 : state === 'running' ? progress : 0;
    return sum + weights[name] * done;
  }, 0);

function onStage(pipeline: Pipeline, event: PipelineEvent, change: (stage: Stage) => Stage): Pipeline {
  const stages = pipeline.stages.map((stage) => (stage.name === event.stage ? change(stage) : stage));
  // Between two answers of the server the bar may move on, never back.
  return { ...pipeline, stages, progress: Math.max(pipeline.progress, Math.min(1, overall(stages))) };
}

/** The end of the preparation says what was decided where that was left to the data. */
function decided(pipeline: Pipeline, { stage, message }: PipelineEvent): Pipeline {
  if (stage !== 'prepare' || message?.code !== 'prepare.done') return pipeline;
  const { task, metric } = message.params;
  return {
    ...pipeline,
    task: isTask(task) ? task : pipeline.task,
    metric: isMetric(metric) ? metric : pipeline.metric,
  };
}

function stageMoved(stage: Stage, { data, at, message }: PipelineEvent): Stage {
  const state = isStageState(data.state) ? data.state : stage.state;
  const begun = state === 'running' || state === 'succeeded' || state === 'failed';
  const ended = state === 'succeeded' || state === 'failed' || state === 'cancelled';
  return {
    ...stage,
    state,
    attempt: numberOr(data.attempt, stage.attempt),
    progress: state === 'succeeded' ? 1 : numberOr(data.progress, stage.progress),
    message: message ?? stage.message,
    queued_at: stage.queued_at ?? (begun || state === 'queued' ? at : null),
    started_at: stage.started_at ?? (begun ? at : null),
    finished_at: ended ? at : null,
  };
}

function onTrial(pipeline: Pipeline, { data }: PipelineEvent): Pipeline {
  if (data.state !== 'succeeded' || typeof data.score !== 'number' || !isMetric(pipeline.metric)) return pipeline;
  const before = pipeline.best_score;
  return { ...pipeline, best_score: before === null ? data.score : better(pipeline.metric, before, data.score) };
}

/** Puts one trial's news into the list; the next fetch brings its parameters and times. */
export function applyTrial(trials: Trial[], { data, at }: PipelineEvent): Trial[] {
  const { number, algorithm, state, score } = data;
  if (typeof number !== 'number' || typeof algorithm !== 'string') return trials;
  const old = trials.find((trial) => trial.number === number);
  const next: Trial = {
    id: old?.id ?? `trial-${number}`,
    number,
    algorithm,
    params: old?.params ?? {},
    state: (state as Trial['state'] | undefined) ?? old?.state ?? 'running',
    score: typeof score === 'number' ? score : (old?.score ?? null),
    std: old?.std ?? null,
    started_at: old?.started_at ?? at,
    finished_at: state === 'running' || state === 'queued' ? null : at,
    seconds: old?.seconds ?? null,
  };
  return old === undefined ? [...trials, next] : trials.map((trial) => (trial === old ? next : trial));
}

/** What the server's own log holds: progress has words too, but many of them. */
const logged: ReadonlySet<PipelineEvent['kind']> = new Set(['log', 'warning', 'stage', 'pipeline']);

/** A line of the log from the stream, unless it came with the fetch already. */
export function applyLog(lines: LogLine[], event: PipelineEvent): LogLine[] {
  if (event.message == null || !logged.has(event.kind) || lines.some((line) => line.seq === event.seq)) return lines;
  const told = event.level ?? (event.data.level as LogLine['level'] | undefined);
  const level = told ?? (event.kind === 'warning' ? 'warn' : 'info');
  return [...lines, { seq: event.seq, at: event.at, stage: event.stage ?? null, level, message: event.message }];
}
