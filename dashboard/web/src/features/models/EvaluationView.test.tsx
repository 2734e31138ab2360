// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Evaluation, Message, Pipeline } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { EvaluationView } from './EvaluationView';

const small: Message = { code: 'caution.small_test', params: { rows: 12 }, text: 'x' };
const other: Message = { code: 'profile.id', params: { column: 'a' }, text: 'x' };

const evaluation: Evaluation = {
  task: 'binary',
  metric: 'accuracy',
  chosen_model_id: 'm',
  rows_test: 12,
  models: [
    {
      model_id: 'm',
      algorithm: 'knn',
      metrics: { accuracy: { value: 0.9, lo: 0.7, hi: 1 } },
      confusion: {
        labels: ['oui', 'non'],
        matrix: [
          [6, 0],
          [1, 5],
        ],
      },
      importance: [],
    },
  ],
};
const plots = ['roc', 'confusion', 'importance'].map((name) => ({
  name,
  title: { code: `plot.${name}`, params: {}, text: name },
  url: `/plots/${name}`,
}));

let answer: Evaluation = evaluation;
beforeEach(() => {
  answer = evaluation;
  const answerTo = (url: string): unknown =>
    url.endsWith('/evaluation') ? answer : url.endsWith('/plots') ? { items: plots } : [];
  vi.stubGlobal('fetch', (url: string) => Promise.resolve(Response.json(answerTo(url))));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(warnings: Message[] = []) {
  const pipeline = { id: 'p', warnings, state: 'succeeded', stages: [{ name: 'evaluate', state: 'succeeded' }] };
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>
        <EvaluationView pipeline={pipeline as unknown as Pipeline} />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  await screen.findByTestId('metrics');
}

test('what to be careful about stands above the numbers', async () => {
  answer = { ...evaluation, cautions: [small] };
  await show([other]);
  const caution = screen.getByText(/Il n’y a que 12 lignes de test/);
  const numbers = screen.getByTestId('metrics');
  expect(caution.compareDocumentPosition(numbers) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  expect(screen.queryByText(/nomme chaque ligne/)).toBeNull();
});

test('an evaluation that does not say it has it from the pipeline’s warnings', async () => {
  await show([other, small]);
  expect(screen.getAllByText(/Il n’y a que 12 lignes de test/)).toHaveLength(1);
  expect(screen.queryByText(/nomme chaque ligne/)).toBeNull();
});

test('what is shown as a table is not shown again as a picture', async () => {
  await show();
  await screen.findByAltText('Courbe ROC');
  expect(screen.getByTestId('confusion')).toBeTruthy();
  expect(screen.queryByAltText('Matrice de confusion')).toBeNull();
  // Of this model nobody has measured the importance.
  expect(screen.getByAltText('Importance des colonnes')).toBeTruthy();
});
