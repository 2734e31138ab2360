import type {
  ColumnProfile,
  DeployMode,
  Metric,
  PipelineSpec,
  Profile,
  SplitKind,
  StageName,
  Task,
} from '@/shared/api/types';
import { metricsFor } from '@/shared/lib/metrics';

/** The training form, as a person fills it in. */
export interface Draft {
  target: string | null;
  task: Task | 'auto';
  metric: Metric | 'auto';
  seconds: number;
  excluded: ReadonlySet<string>;
  splitKind: SplitKind;
  splitColumn: string | null;
  testFraction: number;
  seed: number | null;
  stopAfter: StageName | null;
  deployMode: DeployMode;
  deployName: string;
  minScore: number | null;
  name: string;
}

export const presets = [30, 60, 300] as const;
const defaultSeconds = 60;

/** What the server leaves out by itself: row numbers, and columns that are empty or the same in every row. */
const teachesNothing = ({ kind, unique, missing, warnings }: ColumnProfile): boolean =>
  kind === 'id' ||
  unique === 0 ||
  (unique === 1 && missing === 0) ||
  warnings.some(({ code }) => code === 'profile.all_different');

/** What the form shows first: the suggested target, and without the columns that teach nothing. */
export function initialDraft(profile: Profile, from: PipelineSpec | null): Draft {
  const names = new Set(profile.columns.map((column) => column.name));
  const idle = profile.columns.filter(teachesNothing).map((column) => column.name);
  const included = new Set(from?.include_columns ?? []);
  const excluded =
    from === null ? idle : [...(from.exclude_columns ?? []), ...idle.filter((name) => !included.has(name))];
  const target = from?.target ?? profile.suggested_target;
  return {
    target: target !== null && names.has(target) ? target : null,
    task: from?.task ?? 'auto',
    metric: from?.metric ?? 'auto',
    seconds: from?.budget?.seconds ?? defaultSeconds,
    excluded: new Set(excluded.filter((name) => names.has(name) && name !== target)),
    splitKind: from?.split?.kind ?? 'auto',
    splitColumn: from?.split?.column ?? null,
    testFraction: from?.split?.test_fraction ?? 0.2,
    seed: from?.seed ?? null,
    stopAfter: from?.stop_after ?? null,
    deployMode: from?.deploy?.mode ?? 'auto',
    deployName: from?.deploy?.name ?? '',
    minScore: from?.deploy?.min_score ?? null,
    name: from?.name ?? '',
  };
}

/** The task that a target asks for when the user leaves it open; the server's own rule. */
export function taskOf(column: ColumnProfile): Task {
  if (column.unique === 2) return 'binary';
  if (column.kind !== 'numeric') return 'multiclass';
  const whole = column.top.every(({ value }) => Number.isInteger(Number(value)));
  return whole && column.unique <= 10 ? 'multiclass' : 'regression';
}

/** The task in force: chosen, or read from the target. */
export function effectiveTask(draft: Draft, profile: Profile): Task | null {
  if (draft.task !== 'auto') return draft.task;
  const column = profile.columns.find(({ name }) => name === draft.target);
  return column === undefined ? null : taskOf(column);
}

/** Changes the target; it cannot be left out at the same time, and a metric of another task falls back. */
export function withTarget(draft: Draft, target: string | null, profile: Profile): Draft {
  const excluded = new Set(draft.excluded);
  const before = profile.columns.find(({ name }) => name === draft.target);
  // A row number that was only tried as the target must not become something to learn from.
  if (before !== undefined && teachesNothing(before)) excluded.add(before.name);
  if (target !== null) excluded.delete(target);
  return withFittingMetric({ ...draft, target, excluded }, profile);
}

export function withFittingMetric(draft: Draft, profile: Profile): Draft {
  const task = effectiveTask(draft, profile);
  const fits = draft.metric === 'auto' || task === null || metricsFor(task).includes(draft.metric);
  return fits ? draft : { ...draft, metric: 'auto' };
}

export function withColumn(draft: Draft, name: string, used: boolean): Draft {
  const excluded = new Set(draft.excluded);
  if (used) excluded.delete(name);
  else excluded.add(name);
  return { ...draft, excluded };
}

/** Fewer rows with a target cannot be learned from and tested; the server's own limit. */
export const fewestRows = 10;

export type Obstacle = 'oneColumn' | 'needTarget' | 'fewRows' | 'noColumn';

/** Why training cannot begin; the server would refuse it after a while. */
export function obstacleOf(draft: Draft, profile: Profile): Obstacle | null {
  if (profile.columns.length < 2) return 'oneColumn';
  if (profile.rows < fewestRows) return 'fewRows';
  if (draft.target === null) return 'needTarget';
  if (rowsWithTarget(draft, profile) < fewestRows) return 'fewRows';
  return columnsUsed(draft, profile) === 0 ? 'noColumn' : null;
}

/**
 * Whether the rows are split by this column: the server then does not learn from it. It does from a
 * row number that was ticked, which is said to it.
 */
export const isGroup = (draft: Draft, column: ColumnProfile): boolean =>
  draft.splitKind === 'group' && draft.splitColumn === column.name && !teachesNothing(column);

export const isLeftOut = (draft: Draft, column: ColumnProfile): boolean =>
  column.name !== draft.target && (draft.excluded.has(column.name) || isGroup(draft, column));

export const columnsUsed = (draft: Draft, profile: Profile): number =>
  profile.columns.filter((column) => column.name !== draft.target && !isLeftOut(draft, column)).length;

export const rowsWithTarget = (draft: Draft, profile: Profile): number =>
  profile.rows - (profile.columns.find(({ name }) => name === draft.target)?.missing ?? 0);

/** The request body. What equals the server's defaults is left out, so that its defaults may improve. */
export function toSpec(draft: Draft, datasetId: string, version: number, profile: Profile): PipelineSpec | null {
  if (draft.target === null) return null;
  // What the server leaves out by itself is used only if that is said.
  const wanted = profile.columns
    .filter((column) => teachesNothing(column) && !draft.excluded.has(column.name) && column.name !== draft.target)
    .map(({ name }) => name);
  const deployName = draft.deployName.trim();
  const name = draft.name.trim();
  return {
    dataset_id: datasetId,
    dataset_version: version,
    target: draft.target,
    task: draft.task,
    metric: draft.metric,
    budget: { seconds: draft.seconds },
    split: {
      kind: draft.splitKind,
      test_fraction: draft.testFraction,
      ...(needsColumn(draft.splitKind) && draft.splitColumn !== null ? { column: draft.splitColumn } : {}),
    },
    deploy: {
      mode: draft.deployMode,
      ...(deployName === '' ? {} : { name: deployName }),
      ...(draft.deployMode === 'threshold' && draft.minScore !== null ? { min_score: draft.minScore } : {}),
    },
    ...(draft.excluded.size === 0 ? {} : { exclude_columns: Array.from(draft.excluded) }),
    ...(wanted.length === 0 ? {} : { include_columns: wanted }),
    ...(draft.seed === null ? {} : { seed: draft.seed }),
    ...(draft.stopAfter === null ? {} : { stop_after: draft.stopAfter }),
    ...(name === '' ? {} : { name }),
  };
}

/** A clone keeps what its changes do not name, so what was taken back must be said with null. */
export const asChanges = (spec: PipelineSpec): Record<string, unknown> => ({
  exclude_columns: null,
  include_columns: null,
  seed: null,
  stop_after: null,
  name: null,
  ...spec,
});

export const needsColumn = (kind: SplitKind): boolean => kind === 'group' || kind === 'time';

/** The part of the form that the server's `field` speaks of, so that it is opened and seen. */
export const isAdvancedField = (field: string | null | undefined): boolean =>
  field !== null &&
  field !== undefined &&
  ['split', 'seed', 'stop_after', 'deploy', 'name'].includes(field.split('.')[0] ?? '');
