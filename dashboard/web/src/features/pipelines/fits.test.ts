// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { Message, Pipeline, Span, StageName } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { createElement } from 'react';
import { aStage } from './aStage';
import { foldCount, placeOf, readFit, readTrial } from './fits';
import { useFitWords, useSpanWords } from './fitWords';

afterEach(cleanup);

/** What the words of a hook are in French. */
async function said(words: () => string): Promise<string> {
  const Words = () => createElement('output', null, words());
  await renderTest(createElement(Words));
  const text = screen.getByRole('status').textContent;
  cleanup();
  return text;
}

const span = (part: Partial<Span>): Span => ({
  id: 's',
  stage: 'optimise',
  kind: 'trial',
  start: '2026-01-01T00:00:00Z',
  end: null,
  label: '',
  parent: null,
  ...part,
});

test('labels of the server are taken apart', () => {
  expect(readFit('kernel_ridge · 12')).toEqual({ algorithm: 'kernel_ridge', number: 12, gpu: false });
  expect(readFit('mlp · 1 (GPU)')).toEqual({ algorithm: 'mlp', number: 1, gpu: true });
  expect(readTrial('#0 baseline')).toEqual({ algorithm: 'baseline', number: 0, gpu: false });
  expect(readFit('folds.postcard')).toBeNull();
  expect(readTrial('knn · 1')).toBeNull();
});

test('a fit beyond the folds is one of another cut', () => {
  expect(placeOf(5, 'train', 5)).toMatchObject({ kind: 'fold', fold: 5 });
  expect(placeOf(6, 'train', 5)).toEqual({ kind: 'cut', cut: 2, fold: 1 });
  expect(placeOf(25, 'train', 5)).toEqual({ kind: 'cut', cut: 5, fold: 5 });
  expect(placeOf(25, 'train', null)).toMatchObject({ kind: 'fold', fold: 25 });
  expect(placeOf(2, 'deploy', 5).kind).toBe('whole');
});

test('how many folds there are is told at the end of the training, and seen before', () => {
  const message: Message = { code: 'train.done', params: { folds: 3 }, text: '' };
  const pipeline = (done: Message | null) =>
    ({ stages: [aStage({ name: 'train', message: done })] }) as unknown as Pipeline;
  const fits = ['mlp · 1', 'mlp · 4'].map((label) => ({ label, stage: 'optimise' as const }));
  expect(foldCount(pipeline(message), fits)).toBe(3);
  expect(foldCount(pipeline(null), [...fits, { label: 'mlp · 9', stage: 'train' }])).toBe(4);
  expect(foldCount(pipeline(null), [])).toBeNull();
});

test('fits and bars are named in the language of the page', async () => {
  const fit = (label: string, stage: StageName) => said(() => useFitWords(5)({ label, stage }));
  expect(await fit('kernel_ridge · 3', 'train')).toBe('Régression ridge à noyau · pli 3');
  expect(await fit('mlp · 25', 'train')).toBe('Réseau de neurones · découpage 5, pli 5');
  expect(await fit('mlp · 2', 'deploy')).toBe('Réseau de neurones · toutes les lignes (2)');
  const bar = (part: Partial<Span>) => said(() => useSpanWords(5)(span(part)));
  expect(await bar({ label: '#5 kernel_ridge' })).toBe('Essai 5 · Régression ridge à noyau');
  expect(await bar({ kind: 'fold', stage: 'train', label: 'mlp · 6 (GPU)' })).toBe(
    'Réseau de neurones · découpage 2 (GPU)',
  );
  expect(await bar({ kind: 'compute', stage: 'prepare', label: 'prepare' })).toBe('Préparation');
  expect(await bar({ kind: 'upload', label: 'folds.postcard' })).toBe('folds.postcard');
});
