import { expect, test } from 'vitest';
import type { ColumnProfile, Profile } from '@/shared/api/types';
import {
  asChanges,
  columnsUsed,
  effectiveTask,
  initialDraft,
  isLeftOut,
  obstacleOf,
  taskOf,
  toSpec,
  withColumn,
  withTarget,
} from './draft';

const column = (name: string, part: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  kind: 'numeric',
  missing: 0,
  unique: 100,
  min: null,
  max: null,
  mean: null,
  std: null,
  quantiles: null,
  top: [{ value: '1.5', count: 1 }],
  histogram: null,
  warnings: [],
  ...part,
});

const profile: Profile = {
  rows: 344,
  columns: [
    column('rownames', { kind: 'id', unique: 344 }),
    column('species', { kind: 'categorical', unique: 3 }),
    column('mass'),
  ],
  warnings: [],
  suggested_target: 'species',
  suggested_task: 'multiclass',
};

test('the task follows the target as on the server', () => {
  expect(taskOf(column('a', { kind: 'text', unique: 2 }))).toBe('binary');
  expect(taskOf(column('a', { kind: 'categorical', unique: 3 }))).toBe('multiclass');
  expect(taskOf(column('a', { unique: 5, top: [{ value: '3', count: 9 }] }))).toBe('multiclass');
  expect(taskOf(column('a', { unique: 11, top: [{ value: '3', count: 9 }] }))).toBe('regression');
  expect(taskOf(column('a', { unique: 5, top: [{ value: '3.5', count: 9 }] }))).toBe('regression');
});

test('the form begins with the suggestion and without row numbers', () => {
  const draft = initialDraft(profile, null);
  expect(draft.target).toBe('species');
  expect([...draft.excluded]).toEqual(['rownames']);
  expect(effectiveTask(draft, profile)).toBe('multiclass');
});

test('a column cannot be target and left out', () => {
  const draft = withTarget(withColumn(initialDraft(profile, null), 'mass', false), 'mass', profile);
  expect(draft.excluded.has('mass')).toBe(false);
});

test('a row number that was tried as the target is left out again', () => {
  const begun = initialDraft(profile, null);
  const tried = withTarget(begun, 'rownames', profile);
  expect(tried.excluded.has('rownames')).toBe(false);
  expect(withTarget(tried, 'rownames', profile).excluded.has('rownames')).toBe(false);
  const back = withTarget(tried, 'species', profile);
  expect(toSpec(back, 'd', 1, profile)).toEqual(toSpec(begun, 'd', 1, profile));
});

test('a metric that no longer fits falls back to auto', () => {
  const draft = { ...initialDraft(profile, null), metric: 'accuracy' as const };
  expect(withTarget(draft, 'mass', profile).metric).toBe('auto');
  expect(withTarget(draft, 'species', profile).metric).toBe('accuracy');
});

test('the request says what was chosen and nothing more', () => {
  expect(toSpec({ ...initialDraft(profile, null), seconds: 10 }, 'd', 1, profile)).toEqual({
    dataset_id: 'd',
    dataset_version: 1,
    target: 'species',
    task: 'auto',
    metric: 'auto',
    budget: { seconds: 10 },
    split: { kind: 'auto', test_fraction: 0.2 },
    deploy: { mode: 'auto' },
    exclude_columns: ['rownames'],
  });
});

test('using a row number after all is said to the server', () => {
  const draft = withColumn(initialDraft(profile, null), 'rownames', true);
  expect(toSpec(draft, 'd', 1, profile)).toMatchObject({ include_columns: ['rownames'] });
});

test('a clone begins where its pipeline stood', () => {
  const from = { dataset_id: 'd', target: 'mass', seed: 7, exclude_columns: ['species'], budget: { seconds: 300 } };
  const draft = initialDraft(profile, from);
  expect(draft).toMatchObject({ target: 'mass', seed: 7, seconds: 300 });
  expect([...draft.excluded].sort()).toEqual(['rownames', 'species']);
});

test('what a clone takes back is said, or it would stay', () => {
  const spec = toSpec(
    { ...initialDraft(profile, { dataset_id: 'd', target: 'mass', seed: 7 }), seed: null },
    'd',
    1,
    profile,
  );
  expect(spec).not.toBeNull();
  if (spec !== null) expect(asChanges(spec)).toMatchObject({ seed: null, name: null, target: 'mass' });
});

test('empty and constant columns are left out like row numbers, unless they are wanted', () => {
  const columns = [
    ...profile.columns,
    column('empty', { unique: 0, missing: 344 }),
    column('same', { unique: 1 }),
    column('yes or nothing', { unique: 1, missing: 4 }),
  ];
  const wide = { ...profile, columns };
  const draft = initialDraft(wide, null);
  expect([...draft.excluded]).toEqual(['rownames', 'empty', 'same']);
  expect(toSpec(withColumn(draft, 'same', true), 'd', 1, wide)).toMatchObject({ include_columns: ['same'] });
});

test('what can never be trained is said before it is tried', () => {
  const draft = initialDraft(profile, null);
  expect(obstacleOf(draft, profile)).toBeNull();
  expect(obstacleOf({ ...draft, target: null }, profile)).toBe('needTarget');
  expect(obstacleOf(draft, { ...profile, rows: 9 })).toBe('fewRows');
  expect(obstacleOf({ ...draft, target: null }, { ...profile, columns: [column('a')] })).toBe('oneColumn');
  const columns = profile.columns.map((one) => (one.name === 'species' ? { ...one, missing: 335 } : one));
  expect(obstacleOf(draft, { ...profile, columns })).toBe('fewRows');
  expect(obstacleOf(withColumn(draft, 'mass', false), profile)).toBe('noColumn');
});

test('the column of the groups is not learned from, unless it is a row number that was ticked', () => {
  const draft = initialDraft(profile, null);
  expect(columnsUsed(draft, profile)).toBe(1);
  const grouped = { ...draft, splitKind: 'group' as const, splitColumn: 'mass' };
  expect(columnsUsed(grouped, profile)).toBe(0);
  expect(obstacleOf(grouped, profile)).toBe('noColumn');
  expect(profile.columns.filter((one) => isLeftOut(grouped, one)).map(({ name }) => name)).toEqual([
    'rownames',
    'mass',
  ]);
  expect(columnsUsed({ ...grouped, splitKind: 'time' }, profile)).toBe(1);
  const ticked = withColumn({ ...grouped, splitColumn: 'rownames' }, 'rownames', true);
  expect(columnsUsed(ticked, profile)).toBe(2);
  expect(toSpec(ticked, 'd', 1, profile)).toMatchObject({ include_columns: ['rownames'] });
});
