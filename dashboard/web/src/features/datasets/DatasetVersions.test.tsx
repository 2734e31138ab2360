// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset, DatasetVersion } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { DatasetVersions, NewestVersion } from './DatasetVersions';

const good: DatasetVersion = {
  version: 1,
  file_name: 'bon.csv',
  rows: 300,
  columns: 2,
  bytes: 10,
  sha256: '',
  format: 'csv',
  state: 'ready',
  created_at: '2025-01-01T00:00:00Z',
  error: null,
};
const bad: DatasetVersion = {
  ...good,
  version: 2,
  file_name: 'mauvais.csv',
  rows: null,
  state: 'failed',
  error: { kind: 'invalid_input', code: 'dataset.empty', message: 'It is empty.', details: {} },
};
const dataset: Dataset = {
  ...good,
  id: 'd',
  name: 'Manchots',
  description: '',
  format_options: null,
  owner_id: 'u',
  course_id: null,
  newest: bad,
};

const fetched = vi.fn<(url: string) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  const page = { items: [bad, good], next_cursor: null };
  fetched.mockReset().mockImplementation(() => Promise.resolve(Response.json(page)));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const show = (dataset: Dataset) =>
  renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <NewestVersion dataset={dataset} />
      <DatasetVersions dataset={dataset} />
    </QueryClientProvider>,
  );

test('a new file that cannot be read is told with its reason, and that the good one goes on', async () => {
  await show(dataset);
  const notice = screen.getAllByRole('status')[0]?.textContent;
  expect(notice).toContain('mauvais.csv');
  expect(notice).toContain('vide');
  expect(notice).toContain('version 1');
});

test('every file is listed with its state, and which one is used', async () => {
  await show(dataset);
  const [first, second] = (await screen.findAllByTestId('dataset-version')).map((line) => line.textContent);
  expect(first).toContain('mauvais.csv');
  expect(first).toContain('vide');
  expect(first).not.toContain('utilisée');
  expect(second).toContain('utilisée');
});

test('one version needs neither', async () => {
  await show({ ...dataset, newest: null });
  expect(screen.queryByRole('status')).toBeNull();
  expect(screen.queryByRole('table')).toBeNull();
  expect(fetched).not.toHaveBeenCalled();
});
