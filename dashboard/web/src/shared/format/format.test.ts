import { expect, test } from 'vitest';
import { formatterOf } from './format';

const fr = formatterOf('fr-FR');
const en = formatterOf('en-GB');
/** Which kind of thin space a locale uses is the browser's business. */
const plain = (text: string): string => text.replace(/\s/g, ' ');

test('durations are said with the units that matter', () => {
  expect([0, 0.25, 3.24, 42.4, 60, 75, 3_660].map((s) => plain(fr.duration(s)))).toEqual([
    '0 s',
    '250 ms',
    '3,2 s',
    '42 s',
    '1 min',
    '1 min 15 s',
    '1 h 1 min',
  ]);
});

test('English durations have symbols, which take no plural', () => {
  expect([0.25, 1, 15, 75].map((s) => plain(en.duration(s)))).toEqual(['250 ms', '1 s', '15 s', '1 min 15 s']);
});

test('moments in seconds since the epoch are said as dates', () => {
  expect(plain(fr.epoch(1_073_174_400, 1e8))).toBe('4 janv. 2004');
  expect(plain(fr.epoch(1_073_174_400, 3_600))).toMatch(/^04\/01\/2004 00:00$/);
});

test('scores line up, large and tiny ones keep four digits', () => {
  expect(fr.score(0.9)).toBe('0,9000');
  expect(en.score(0.000123456)).toBe('0.0001235');
  expect(plain(fr.score(53_940.2))).toBe('53 940');
});

test('years are not cut in two, and whole numbers are not rounded', () => {
  expect(fr.number(2007)).toBe('2007');
  expect(plain(fr.number(123_456))).toBe('123 456');
  expect(en.number(0.123456)).toBe('0.1235');
});

test('bytes grow by thousands', () => {
  expect(plain(fr.bytes(16_500))).toBe('16,5 ko');
  expect(plain(en.bytes(2_500_000))).toBe('2.5 MB');
});

test('the future is never announced by a clock that is a little off', () => {
  expect(en.relative(new Date(5_000).toISOString(), 1_000)).toBe(en.relative(new Date(1_000).toISOString(), 1_000));
});

test('what is read has a minus sign, and four digits stand together everywhere', () => {
  expect(fr.number(-0.0159)).toBe('\u22120,0159');
  expect(fr.score(-0.5)).toBe('\u22120,5000');
  expect(fr.field(-0.5)).toBe('-0,5');
  expect(plain(fr.micros(1_360))).toMatch(/^1360 /);
});

test('both ends of an interval have the same decimals', () => {
  expect(fr.interval(0.00005948, 0.00103)).toBe('0,0001 – 0,0010');
  expect(fr.interval(0.00005948, 0.000832)).toBe('0,0000595 – 0,0008320');
  expect(en.interval(-2.5, 123.44)).toBe('\u22122.5 – 123.4');
  expect(fr.interval(0, 0)).toBe('0,0000 – 0,0000');
});

test('what is not zero is not written as zero', () => {
  expect(fr.score(0.00002493)).toBe('0,00002493');
  expect(plain(fr.score(2.5e-7))).toBe('2,5 × 10⁻⁷');
  expect(plain(en.score(-1.23e-12))).toBe('\u22121.2 × 10⁻¹²');
  expect(plain(en.number(1e-17, 2))).toBe('1 × 10⁻¹⁷');
  expect(fr.score(0)).toBe('0,0000');
  expect(fr.number(0)).toBe('0');
  expect(fr.interval(0.000002262, 0.0123)).toBe('0,000002262 – 0,0123');
  expect(plain(fr.interval(2.5e-7, 0.00006917))).toBe('2,5 × 10⁻⁷ – 0,00006917');
  expect(plain(fr.score(5.86e14))).toBe('5,9 × 10¹⁴');
  expect(plain(fr.interval(0.1518, 1.53e15))).toBe('0,1518 – 1,5 × 10¹⁵');
  expect(plain(fr.percent(0.0004, 1))).toBe('< 0,1 %');
  expect(plain(fr.percent(0))).toBe('0 %');
});

test('a language has one formatter, however often it is asked for', () => {
  expect(formatterOf('fr-FR')).toBe(fr);
  expect(formatterOf('en-GB')).toBe(en);
  expect(fr).not.toBe(en);
});
