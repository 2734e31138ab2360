import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import french from './locales/fr/codes.json';

/**
 * The server's own source says which codes it can send, so a new one without a French sentence is
 * found here and not by a pupil. A code is a string literal `noun.what`, wherever it stands: many
 * are handed to a helper that makes the failure. What only looks like one is told apart below.
 */
const root = join(import.meta.dirname, '../../../../..');

/** Folders without any code that is sent: tests, and the contracts that adapters are tested with. */
const passedOver = new Set(['target', 'node_modules', 'web', 'tests', 'examples', 'contract', 'testing', 'benches']);
const programs = new Set(['system-tests']);

/** Names of files, subjects of the bus, columns in SQL. */
const fileName = /\.(csv|css|db|gz|html|js|json|lock|md|onnx|parquet|pdf|png|postcard|py|svg|toml|txt|ya?ml|zip|zst)$/;
const otherNames = /^(ml|microlearn|[a-z])\.|^[\d.]+$/;

/** Literals that look like codes and are none, or that need no sentence. */
const exceptions: { code: string; because: string }[] = [
  { code: 'deploy.name', because: 'a field of the request' },
  { code: 'split.column', because: 'a field of the request' },
  { code: '{}.owner_id', because: 'a column in SQL' },
  { code: '{}.{next}', because: 'what a cookie holds' },
  ...['audience', 'client_id', 'client_secret', 'issuer', 'public_url', 'setting'].map((name) => ({
    code: `oidc.${name}`,
    because: 'a setting: whoever starts the program reads of it, and no page does',
  })),
  { code: 'oidc.replayed', because: 'said to the provider alone' },
  { code: 'demo.{}.title', because: 'the server says it in the language of the page' },
  { code: 'demo.{}.description', because: 'the server says it in the language of the page' },
];

const plots = [
  ...['leaderboard', 'confusion', 'roc', 'precision_recall', 'calibration'],
  ...['residuals', 'predicted_actual', 'importance'],
].map((name) => `plot.${name}`);

const ports = ['store', 'bus', 'cache', 'artifacts'];

/** Codes that are put together, with all that they can become. */
const made: Record<string, string[]> = {
  'dataset.{field}': ['dataset.name', 'dataset.description'],
  'deploy.threshold_{relation}': ['deploy.threshold_reaches', 'deploy.threshold_misses'],
  'plot.{name}': plots,
  'plot.{code}': plots,
  '{noun}.not_found': ['dataset', 'pipeline', 'model', 'deployment', 'upload', 'token'].map((n) => `${n}.not_found`),
  '{port}.unavailable': ports.map((port) => `${port}.unavailable`),
  '{port}.refused': ports.map((port) => `${port}.refused`),
};
/** Codes of one word, which no pattern can tell from other words. */
const plain = ['internal', 'not_found', 'conflict', 'corrupt'];

function rustFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return passedOver.has(entry.name) ? [] : rustFiles(path);
    return entry.name.endsWith('.rs') && entry.name !== 'tests.rs' ? [path] : [];
  });
}

/** The source without comments and without the tests at its end. */
const sent = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/#\[cfg\(test\)\]\s*(?:pub\(\w+\) )?mod \w+ \{[^]*$/, '')
    .replace(/^\s*\/\/.*$/gm, '');

const piece = String.raw`(?:[a-z0-9_]|\{[a-z_]*\})+`;
const literal = new RegExp(String.raw`"(${piece}(?:\.${piece})+)"`, 'g');
const missing = /\bnot_found\(\s*"([^"{]+)"/g;

interface Found {
  code: string;
  source: string;
}

const excepted = new Set(exceptions.map(({ code }) => code));

function codesOf(path: string): Found[] {
  const source = sent(path);
  const written = Array.from(source.matchAll(literal), ([, code = '']) => code).filter(
    (code) => !fileName.test(code) && !otherNames.test(code) && !excepted.has(code),
  );
  const nouns = Array.from(source.matchAll(missing), ([, noun = '']) => `${noun}.not_found`);
  return [...written, ...nouns].map((code) => ({ code, source }));
}

const workspace = readFileSync(join(root, 'Cargo.toml'), 'utf8');
const members = /members = \[([^\]]*)\]/.exec(workspace)?.[1] ?? '';
const crates = Array.from(members.matchAll(/"([^"]+)"/g), ([, name = '']) => name).filter(
  (name) => !programs.has(name),
);
const files = crates.flatMap((crate) => rustFiles(join(root, crate, 'src')));
const codes = files.flatMap(codesOf);
const all = codes.flatMap(({ code, source }) => (made[code] ?? [code]).map((one) => ({ code: one, source })));
const sentences: Record<string, string> = french;

describe('what the server can send', () => {
  test('is found in its source', () => {
    expect(files.length).toBeGreaterThan(200);
    const seen = new Set(all.map(({ code }) => code));
    for (const code of ['auth.required', 'fit.data', 'recipe.no_rows', 'prepare.one_class', 'upload.gap']) {
      expect(seen, code).toContain(code);
    }
  });

  test('has a list of what each code that is put together becomes', () => {
    const unknown = codes.map(({ code }) => code).filter((code) => code.includes('{') && !(code in made));
    expect(unknown, 'add them to `made`').toEqual([]);
  });

  test('has a French sentence', () => {
    const codes = new Set([...all.map(({ code }) => code).filter((code) => !code.includes('{')), ...plain]);
    const without = Array.from(codes).filter((code) => !(code in sentences));
    expect(without.sort(), 'add them to locales/fr/codes.json, or to `exceptions` with a reason').toEqual([]);
  });

  test('comes with every value that its French sentence mentions', () => {
    const sources = new Map<string, string>();
    for (const { code, source } of all) sources.set(code, (sources.get(code) ?? '') + source);
    for (const [code, source] of sources) {
      for (const [, name = ''] of (sentences[code] ?? '').matchAll(/{{(\w+)(?:, \w+)?}}/g)) {
        const given = name === 'reason' ? /\.because\(|with\(\s*"reason"/ : new RegExp(`with\\(\\s*"${name}"`);
        expect(source, `${code} mentions {{${name}}}`).toMatch(given);
      }
    }
  });
});
