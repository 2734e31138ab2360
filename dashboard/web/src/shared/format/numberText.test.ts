import { expect, test } from 'vitest';
import { numberText, parseNumber } from './numberText';

test.each([
  ['12,5', 12.5],
  ['12.5', 12.5],
  ['1 234,5', 1234.5],
  ['1\u00a0234,5', 1234.5],
  ['1\u202f234\u202f567', 1_234_567],
  ['1.234,5', 1234.5],
  ['1,234.5', 1234.5],
  ['1.234.567', 1_234_567],
  ['1,234', 1.234],
  [' -0,036 ', -0.036],
  ['\u22123', -3],
  ['1,5e-3', 0.0015],
  [',5', 0.5],
  ['5,', 5],
])('in French, %s is read', (text, value) => {
  expect(parseNumber(text, 'fr-FR')).toBe(value);
});

test.each([
  ['12,5', 12.5],
  ['1,234', 1234],
  ['0,123', 0.123],
  ['1,234,567.5', 1_234_567.5],
])('in English, %s is read', (text, value) => {
  expect(parseNumber(text, 'en-GB')).toBe(value);
});

test.each(['', 'abc', '-', '12a', '1 23', '1,2,3', '1,2.3,4', '1e', '.', '12 5,0', '1e999'])(
  '%s is no number',
  (text) => {
    expect(parseNumber(text, 'fr-FR')).toBeNull();
  },
);

test('a field shows numbers as in the language, without noise, and reads them back', () => {
  expect(numberText(102.555, 'fr-FR')).toBe('102,555');
  expect(numberText(-0.036000000000000004, 'fr-FR')).toBe('-0,036');
  expect(numberText(-0.036000000000000004, 'en-GB')).toBe('-0.036');
  expect(numberText(1_234_567.25, 'fr-FR')).toBe('1234567,25');
  for (const value of [0, 1e-12, 2.5e30, -17.25, 9_007_199_254]) {
    expect(parseNumber(numberText(value, 'fr-FR'), 'fr-FR')).toBe(value);
  }
});
