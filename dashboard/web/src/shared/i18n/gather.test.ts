// @vitest-environment jsdom
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import type { Message } from '../api/types';
import { gather } from './gather';
import { startI18n } from './index';
import { say } from './messages';

beforeAll(() => startI18n('fr'));

const fold = (fold: number, algorithm = 'knn', reason = 'the time was up before there was a model'): Message => ({
  code: 'train.fold_failed',
  params: { algorithm, fold, reason },
  text: 'x',
});
const words = (message: Message): string =>
  say(i18next, message.code, message.params, message.text).replace(/\s/g, ' ');

test('the same warning is said once, and failed folds of an algorithm in one line', () => {
  const other: Message = { code: 'profile.id', params: { column: 'a' }, text: 'x' };
  const gathered = gather([other, fold(1), fold(2), { ...other }, fold(2), fold(1, 'mlp')]);
  expect(gathered.map(({ code }) => code)).toEqual(['profile.id', 'train.folds_failed', 'train.fold_failed']);
  expect(gathered.map(words)[1]).toBe(
    '2 plis de k plus proches voisins n’ont pas pu être appris : il n’y avait pas assez de temps pour apprendre.',
  );
});

test('an English reason is translated if it is known and left out if it is not', () => {
  expect(words(fold(1, 'knn', 'these rows cannot be learned from: all equal'))).toBe(
    'Le pli 1 de k plus proches voisins n’a pas pu être appris : ces lignes ne permettent pas d’apprendre.',
  );
  expect(words(fold(1, 'knn', 'something broke'))).toBe('Le pli 1 de k plus proches voisins n’a pas pu être appris.');
  expect(words({ code: 'evaluate.model_failed', params: { algorithm: 'knn', reason: 'oops' }, text: '' })).toBe(
    'k plus proches voisins n’a pas pu prédire les lignes de test.',
  );
});

test('one thing is said in the singular', () => {
  expect(words({ code: 'profile.few_rows', params: { rows: 1 }, text: '' })).toContain('n’a que 1 ligne :');
  expect(words({ code: 'profile.few_rows', params: { rows: 12 }, text: '' })).toContain('n’a que 12 lignes :');
});
