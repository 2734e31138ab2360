import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '@/shared/api/types';
import { auditCsv } from './csv';
import { changesOf, codeOf, restOf } from './details';
import { beginOf } from './period';
import { partsOf, shortId } from './words';

const id = '019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b';
const entry: AuditEntry = {
  id: '1',
  at: '2026-09-01T08:00:00Z',
  actor_id: null,
  actor_name: 'ada',
  action: 'sign_in',
  resource: 'site',
  outcome: 'refused',
  address: '192.0.2.7',
  details: { code: 'auth.bad_credentials' },
};
const csvOf = (change: Partial<AuditEntry>): string => auditCsv([{ ...entry, ...change }]).split('\r\n')[1] ?? '';

describe('the file for a spreadsheet', () => {
  test('has a line for each entry under the names of the API', () => {
    const [head, line] = auditCsv([entry]).split('\r\n');
    expect(head).toBe('\ufeffat,actor_name,actor_id,action,resource,outcome,address,details');
    expect(line).toBe('2026-09-01T08:00:00Z,ada,,sign_in,site,refused,192.0.2.7,"{""code"":""auth.bad_credentials""}"');
  });

  test.each(['=cmd()', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('runs nothing that begins a formula: %j', (name) => {
    expect(csvOf({ actor_name: name })).toMatch(/^2026-09-01T08:00:00Z,"?'/);
  });

  test('leaves other texts as they are', () => {
    expect(csvOf({ actor_name: 'a=b' })).toContain(',a=b,');
  });
});

describe('with what it was done', () => {
  test('things with a page lead there', () => {
    expect(partsOf(`dataset/${id}`)).toEqual([{ noun: 'dataset', id, to: `/datasets/${id}` }]);
    expect(partsOf('deployment/prix')).toEqual([{ noun: 'deployment', id: 'prix', to: '/deployments/prix' }]);
  });

  test('a thing within another has several parts', () => {
    const parts = partsOf(`course/${id}/user/${id}`);
    expect(parts?.map(({ noun, to }) => [noun, to !== null])).toEqual([
      ['course', true],
      ['user', false],
    ]);
    expect(partsOf(`quota/course:${id}`)).toEqual([
      { noun: 'quota', id: null, to: null },
      { noun: 'course', id, to: `/courses/${id}` },
    ]);
    expect(partsOf(`course/${id}/members`)?.map(({ noun }) => noun)).toEqual(['course', 'members']);
  });

  test('what is no thing of ours is told apart', () => {
    expect(partsOf('/api/v1/me')).toBeNull();
    expect(partsOf('planet/mars')).toBeNull();
    expect(partsOf('site')).toEqual([{ noun: 'site', id: null, to: null }]);
  });

  test('a long id is shown by its end', () => {
    expect(shortId(id)).toBe('…8e9f0a1b');
    expect(shortId('prix')).toBe('prix');
  });
});

test('details are told as changes or as a refusal', () => {
  const before = { disabled: false, roles: ['student'] };
  const after = { disabled: false, roles: ['teacher'] };
  expect(changesOf({ before, after })).toEqual([
    { field: 'disabled', before: 'false', after: 'false' },
    { field: 'roles', before: '["student"]', after: '["teacher"]' },
  ]);
  expect(changesOf({ before: null, after: { level: 'see' } })).toEqual([{ field: 'level', before: '', after: 'see' }]);
  expect(changesOf({ code: 'auth.role' })).toBeNull();
  expect(codeOf({ code: 'auth.role' })).toBe('auth.role');
  expect(codeOf(null)).toBeNull();
  expect(restOf({ code: 'auth.required', left_out: 3 })).toEqual([['left_out', '3']]);
});

test('a period begins and ends with the reader’s own days', () => {
  expect(beginOf('2026-09-01')).toBe(new Date(2026, 8, 1).toISOString());
  expect(beginOf('2026-12-31', 1)).toBe(new Date(2027, 0, 1).toISOString());
  expect(beginOf('yesterday')).toBeNull();
  expect(beginOf('2026-13-01')).toBeNull();
});
