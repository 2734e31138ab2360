// @vitest-environment jsdom
import i18next from 'i18next';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { chooseLanguage, startI18n } from './index';
import { browserLanguage, languageCodes, languages, type LanguageCode } from './languages';
import { say } from './messages';

interface Tree {
  [key: string]: string | Tree;
}

const flat = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap<[string, string]>(([key, value]) =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}/`),
  );

/** Without the codes: the server says them in English itself, and a code that is unknown shows that. */
const textsOf = async (code: LanguageCode): Promise<Map<string, string>> =>
  new Map(flat((await languages[code].load()).default).filter(([key]) => !key.startsWith('codes/')));

const plural = /_(zero|one|two|few|many|other)$/;
const placeholders = (text: string): string[] => Array.from(text.matchAll(/{{[^}]+}}/g), ([hole]) => hole).sort();

describe('every language', () => {
  test('has the same keys with the same placeholders', async () => {
    const french = await textsOf('fr');
    const keys = new Set(Array.from(french.keys(), (key) => key.replace(plural, '')));
    for (const code of languageCodes) {
      const texts = await textsOf(code);
      expect(new Set(Array.from(texts.keys(), (key) => key.replace(plural, ''))), code).toEqual(keys);
      for (const [key, text] of texts) {
        const twin = french.get(key) ?? french.get(key.replace(plural, '_other')) ?? '';
        // "First row" may leave out its 1.
        if (!key.endsWith('_one')) expect(placeholders(text), `${code} ${key}`).toEqual(placeholders(twin));
      }
    }
  });

  test('has every plural form that its grammar needs', async () => {
    for (const code of languageCodes) {
      const texts = await textsOf(code);
      const forms = new Intl.PluralRules(languages[code].locale).resolvedOptions().pluralCategories;
      const counted = new Set(
        Array.from(texts.keys())
          .filter((key) => plural.test(key))
          .map((key) => key.replace(plural, '')),
      );
      for (const key of counted) {
        for (const form of forms) expect(texts.has(`${key}_${form}`), `${code} ${key}_${form}`).toBe(true);
      }
    }
  });

  test('French keeps its punctuation on the line of its word', async () => {
    const everything = flat((await languages.fr.load()).default);
    for (const [key, text] of everything) expect(text, key).not.toMatch(/ [:;?!»%]|« /);
  });
});

describe('the language of a first visit', () => {
  test('is the first that the browser asks for and we have', () => {
    expect(browserLanguage(['en-US', 'en', 'fr'])).toBe('en');
    expect(browserLanguage(['ar', 'fr-BE', 'en'])).toBe('fr');
    expect(browserLanguage(['de', 'EN-gb'])).toBe('en');
  });

  test('is French where we have none of them', () => {
    expect(browserLanguage([])).toBe('fr');
    expect(browserLanguage(['ar', 'toString'])).toBe('fr');
  });

  test('gives way to the one that was chosen here, and the page says which it is', async () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-US']);
    localStorage.clear();
    await startI18n();
    expect(document.documentElement.lang).toBe('en');
    await chooseLanguage('fr');
    await startI18n();
    expect(document.documentElement.lang).toBe('fr');
    localStorage.clear();
    vi.restoreAllMocks();
  });
});

describe('names of algorithms', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../../../evaluator/src/language/names.rs'), 'utf8');
  const [, table = ''] = /const FRENCH: [^=]*= &\[([^;]*)\];/.exec(source) ?? [];
  const names = Array.from(table.matchAll(/\("(\w+)", "([^"]+)"\)/g), ([, code = '', name = '']) => [code, name]);

  test('are those of the report, for each algorithm that there is', async () => {
    expect(names.length).toBeGreaterThan(8);
    const { common } = (await languages.fr.load()).default;
    expect(common.algorithm).toEqual(Object.fromEntries(names));
  });
});

describe('what the server says in English', () => {
  beforeAll(() => startI18n('en'));

  test('names what it knows by code only, and counts as people do', () => {
    const one = { count: 1, algorithms: ['kernel_ridge'] };
    expect(say(i18next, 'select.done', one, 'x')).toBe('1 algorithm will be tried: Kernel ridge.');
    const two = { count: 2, algorithms: ['kernel_ridge', 'mlp'] };
    expect(say(i18next, 'select.done', two, 'x')).toBe('2 algorithms will be tried: Kernel ridge, Neural network.');
    expect(say(i18next, 'train.done', { models: 1, folds: 5 }, 'x')).toBe('1 model was trained, 5 folds.');
    const done = { algorithm: 'mlp', metric: 'log_loss', score: 0.0000249, lo: 0.0000023, hi: 0.000069 };
    expect(say(i18next, 'evaluate.done', done, 'x')).toMatch(/^Neural network is chosen: Log loss 0\.0000249 \(/);
    expect(say(i18next, 'profile.few_rows', { rows: 3 }, 'As the server says it.')).toBe('As the server says it.');
  });

  test('has sizes and durations as people write them', () => {
    const storage = { used: 900_000, quota: 21_474_836_480 };
    expect(say(i18next, 'quota.storage', storage, 'x')).toMatch(/^Your quota of 21\.5\sGB .*: 900\skB are used\./);
    expect(say(i18next, 'quota.pipelines', { used: 1, quota: 1 }, 'x')).toMatch(
      /1 pipeline that has not .* cancel it\.$/,
    );
  });

  test('has no sentence that the French lack', async () => {
    const { codes: english } = (await languages.en.load()).default;
    const { codes: french } = (await languages.fr.load()).default;
    expect(Object.keys(french)).toEqual(expect.arrayContaining(Object.keys(english)));
  });
});

describe('what the server says', () => {
  beforeAll(() => startI18n('fr'));

  test('has the words that follow a number in the form of that number', () => {
    const few = { rows_train: 12, rows_test: 1, columns: 1 };
    expect(say(i18next, 'prepare.done', few, 'x')).toMatch(/^12 lignes pour apprendre, 1 gardée .* 1 colonne\.$/);
    expect(say(i18next, 'prepare.done', { ...few, columns: 2 }, 'x')).toMatch(/ 2 colonnes\.$/);
  });

  test('is said in the language of the page when every value came', () => {
    const said = say(i18next, 'dataset.ragged_row', { row: 17, line: 18, found: 4, expected: 5 }, 'Row 17 is odd.');
    expect(said).toContain('La ligne de données 17 (ligne 18 du fichier) a 4 valeurs');
  });

  test('names of algorithms and measures are said with our words, numbers as in the language', () => {
    const params = {
      first: 'gradient_boosting',
      second: 'knn',
      metric: 'log_loss',
      difference: 0.0123,
      lo: -0.01,
      hi: 0.04,
    };
    const said = say(i18next, 'evaluate.within_noise', params, '');
    expect(said).toContain('Arbres boostés et k plus proches voisins');
    expect(said).toContain('0,0123 (Perte logarithmique)');
  });

  test('brackets do not stand in brackets', () => {
    const params = { first: 'knn', second: 'mlp', metric: 'rmse', difference: 1, lo: -1, hi: 2 };
    expect(say(i18next, 'evaluate.within_noise', params, '')).toContain('(Erreur typique, RMSE)');
  });

  test('sizes and durations are said in units that people read', () => {
    const storage = { used: 900_000, quota: 21_474_836_480 };
    expect(say(i18next, 'quota.storage', storage, 'x')).toMatch(
      /^Votre quota de 21,5\sGo .*\s: 900\sko sont utilisés\./,
    );
    expect(say(i18next, 'quota.work', { used: 28_800, quota: 28_800 }, 'x')).toMatch(/^Votre quota de 8\sh de calcul/);
    expect(say(i18next, 'quota.storage', { used: 1 }, 'As the server says it.')).toBe('As the server says it.');
  });

  test('a share is said in percent', () => {
    expect(say(i18next, 'caution.imbalance', { share: 0.83, class: 'non' }, '')).toMatch(/^83\s% des lignes de test/);
  });

  test('has a form of its own where a value is unknown', () => {
    const params = { algorithm: 'knn', metric: 'log_loss', score: 0.5 };
    expect(say(i18next, 'evaluate.done_without_interval', params, 'x')).toMatch(/est choisi.*0,5 sur les lignes/);
    expect(say(i18next, 'evaluate.done_without_test', params, 'x')).toMatch(/0,5 en validation croisée/);
    const none = { trials: 0, algorithm: 'knn' };
    expect(say(i18next, 'optimise.done_without_score', none, 'x')).toMatch(/^Aucun essai .*k plus proches voisins/);
    const reason = { code: 'fit.no_time', params: {}, text: 'no time' };
    expect(say(i18next, 'train.only_baseline_because', { reason }, 'x')).toContain('(il n’y avait pas assez de temps');
  });

  test('is shown as it came when the code is unknown or a value is missing', () => {
    expect(say(i18next, 'dataset.ragged_row', {}, 'Row 17 is odd.')).toBe('Row 17 is odd.');
    expect(say(i18next, 'never.heard', { row: 1 }, 'As it is.')).toBe('As it is.');
  });
});
