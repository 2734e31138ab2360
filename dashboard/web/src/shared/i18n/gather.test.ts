// @vitest-environment jsdom
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import type { Message } from '../api/types';
import { gather } from './gather';
import { startI18n } from './index';
import { say } from './messages';

beforeAll(() => startI18n('fr'));

const noTime: Message = { code: 'fit.no_time', params: {}, text: 'the time was up before there was a model' };
const folds = (count: number, reason: unknown): Message => ({
  code: 'train.folds_failed',
  params: { algorithm: 'knn', count, of: 5, reason },
  text: 'x',
});
const words = (message: Message): string =>
  say(i18next, message.code, message.params, message.text).replace(/\s/g, ' ');

test('the same warning is said once', () => {
  const other: Message = { code: 'profile.id', params: { column: 'a' }, text: 'x' };
  const gathered = gather([other, folds(2, noTime), { ...other }, folds(1, noTime)]);
  expect(gathered.map(({ code }) => code)).toEqual(['profile.id', 'train.folds_failed', 'train.folds_failed']);
});

test('a reason is said in the language of its sentence', () => {
  expect(words(folds(2, noTime))).toBe(
    '2 plis sur 5 de k plus proches voisins n’ont pas pu être appris : il n’y avait pas assez de temps pour apprendre.',
  );
  const params: Message = { code: 'fit.params', params: { param: 'k' }, text: 'no such k' };
  expect(words(folds(1, params))).toBe(
    '1 pli sur 5 de k plus proches voisins n’a pas pu être appris : le réglage « k » n’est pas possible.',
  );
  const library: Message = { code: 'fit.library', params: {}, text: 'oops' };
  expect(words({ code: 'trial.failed', params: { number: 3, algorithm: 'knn', reason: library }, text: '' })).toBe(
    'L’essai 3 (k plus proches voisins) a échoué : l’algorithme s’est arrêté sur une erreur.',
  );
});

test('one thing is said in the singular', () => {
  expect(words({ code: 'profile.few_rows', params: { rows: 1 }, text: '' })).toContain('n’a que 1 ligne :');
  expect(words({ code: 'profile.few_rows', params: { rows: 12 }, text: '' })).toContain('n’a que 12 lignes :');
});
