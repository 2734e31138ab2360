// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Pipeline } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { aPipeline } from './aPipeline';
import { PipelineTable } from './list/PipelineTable';
import { PipelinesOf } from './PipelinesOf';
import { askForPlaces, placeOf } from './queue';
import { PipelineHeader } from './run/PipelineHeader';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const show = (content: ReactNode) =>
  renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>{content}</MemoryRouter>
    </QueryClientProvider>,
  );
const header = (pipeline: Pipeline) => show(<PipelineHeader pipeline={pipeline} share={null} />);

const waiting = aPipeline({ queue_position: 3 });
const inQueue = /En attente\s: n°\s3 dans la file/;

describe('a pipeline that waits', () => {
  test('says its place in the queue, in the list and on its page', async () => {
    await show(<PipelineTable pipelines={[waiting]} />);
    screen.getByText(inQueue);
    cleanup();
    await header(waiting);
    expect(screen.getByTestId('pipeline-state').textContent).toMatch(inQueue);
  });

  test('has no place once it runs, whatever it had before', () => {
    expect(placeOf(waiting)).toBe(3);
    expect(placeOf({ ...waiting, state: 'running' })).toBeNull();
    expect(placeOf(aPipeline())).toBeNull();
  });

  test('asks for its place again and again, as nobody tells it', () => {
    expect(askForPlaces([aPipeline(), waiting])).toBe(10_000);
    expect(askForPlaces([{ ...waiting, state: 'running' }])).toBe(false);
  });
});

describe('a pipeline whose dataset was deleted', () => {
  const orphan = aPipeline({ dataset_name: '', state: 'failed' });

  test('says so, and offers nothing that needs the dataset', async () => {
    await show(<PipelineTable pipelines={[orphan]} />);
    screen.getByText('t · jeu de données supprimé');
    cleanup();
    await header(orphan);
    screen.getByText('jeu de données supprimé');
    expect(screen.queryByText('Refaire en modifiant')).toBeNull();
    expect(screen.queryByText('Réessayer')).toBeNull();
    cleanup();
    await header({ ...orphan, dataset_name: 'Manchots' });
    screen.getByRole('link', { name: 'Manchots' });
    screen.getByText('Refaire en modifiant');
    screen.getByText('Réessayer');
  });
});

describe('before a dataset is deleted', () => {
  const page = (count: number, next_cursor: string | null) => {
    const items = Array.from({ length: count }, () => aPipeline());
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ items, next_cursor })));
    return show(<PipelinesOf datasetId="d" />);
  };

  test('it is said what becomes of its pipelines', async () => {
    await page(1, null);
    await screen.findByText(/^1 pipeline en est issu\. .* ne pourra plus être refait ni réessayé\.$/);
    cleanup();
    await page(2, 'x');
    await screen.findByText(/^Plus de 2 pipelines en sont issus\./);
  });
});
