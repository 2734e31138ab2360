import { expect, test } from 'vitest';
import type { SchemaColumn } from '@/shared/api/types';
import { formatterOf } from '@/shared/format/format';
import { nameFrom } from './name';
import { exampleRecord, initialValues, isOutside, isUnreadable, toRecord } from './record';
import { ApiError } from '@/shared/api/errors';
import { refusalOf } from './refusal';
import { snippet } from './snippets';

const fr = formatterOf('fr-FR');
const columns: SchemaColumn[] = [
  { name: 'mass', kind: 'numeric', required: true, example: 3750 },
  { name: 'sex', kind: 'categorical', required: false, levels: ['male', 'female'], example: 'male' },
  { name: "l'île", kind: 'text', required: false, example: null },
];

test('an empty field is left out of the call or null where it must be there, zero is sent', () => {
  const values = initialValues(columns, fr);
  expect(values).toEqual({ mass: '3750', sex: 'male', "l'île": '' });
  expect(toRecord({ ...values, mass: '0', sex: '' }, columns, fr)).toEqual({ mass: 0 });
  expect(toRecord({ ...values, mass: '', sex: '' }, columns, fr)).toEqual({ mass: null });
});

test('numbers are shown and read as in the language, and judged by what the model knows', () => {
  const column: SchemaColumn = { name: 'x', kind: 'numeric', required: true, min: -1, max: 1, example: 0.1 + 0.2 };
  expect(initialValues([column], fr)).toEqual({ x: '0,3' });
  expect(exampleRecord([column])).toEqual({ x: 0.3 });
  expect(toRecord({ x: '1 234,5' }, [column], fr)).toEqual({ x: 1234.5 });
  expect(['', 'abc', '12,5'].map((text) => isUnreadable(column, text, fr))).toEqual([false, true, false]);
  expect(['', 'abc', '-1,5', '0,5'].map((text) => isOutside(column, text, fr))).toEqual([false, false, true, false]);
});

test('snippets hold a real row, quoted for their language', () => {
  const record = { ...exampleRecord(columns), "l'île": 'Biscoe', known: true };
  expect(snippet('curl', 'http://h/predictions/p', record)).toContain(`"l'\\''île": "Biscoe"`);
  expect(snippet('python', 'http://h/predictions/p', record)).toContain('"known": True');
  expect(snippet('javascript', 'http://h/predictions/p', record)).toContain('"mass": 3750');
});

test('a name for an address keeps what can be kept of any Latin letter', () => {
  expect(nameFrom('Élèves — Cœur & Straße.csv')).toBe('eleves-coeur-strasse-csv');
  expect(nameFrom('  طلاب ')).toBe('model');
  expect(nameFrom('x'.repeat(80))).toHaveLength(63);
});

test('a value that the server could not read belongs to its field', () => {
  const refuse = (code: string, field: string) =>
    new ApiError(400, { kind: 'invalid_input', code, message: 'x', field, details: { row: 1, value: '"abc"' } });
  expect(refusalOf(refuse('prediction.not_a_date', 'mass'), columns)).toEqual({
    column: 'mass',
    reason: 'date',
    value: 'abc',
  });
  expect(refusalOf(refuse('prediction.not_a_date', 'other'), columns)).toBeNull();
  expect(refusalOf(refuse('prediction.too_many', 'mass'), columns)).toBeNull();
});
