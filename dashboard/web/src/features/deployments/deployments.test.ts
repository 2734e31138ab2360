import { expect, test } from 'vitest';
import type { SchemaColumn } from '@/shared/api/types';
import { exampleRecord, initialValues, toRecord } from './record';
import { snippet } from './snippets';

const columns: SchemaColumn[] = [
  { name: 'mass', kind: 'numeric', required: true, example: 3750 },
  { name: 'sex', kind: 'categorical', required: false, levels: ['male', 'female'], example: 'male' },
  { name: "l'île", kind: 'text', required: false, example: null },
];

test('an empty field is left out of the call, zero is not', () => {
  const values = initialValues(columns);
  expect(values).toEqual({ mass: 3750, sex: 'male', "l'île": '' });
  expect(toRecord({ ...values, mass: 0, sex: '' }, columns)).toEqual({ mass: 0 });
});

test('snippets hold a real row, quoted for their language', () => {
  const record = { ...exampleRecord(columns), "l'île": 'Biscoe', known: true };
  expect(snippet('curl', 'http://h/predictions/p', record)).toContain(`"l'\\''île": "Biscoe"`);
  expect(snippet('python', 'http://h/predictions/p', record)).toContain('"known": True');
  expect(snippet('javascript', 'http://h/predictions/p', record)).toContain('"mass": 3750');
});
