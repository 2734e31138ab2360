// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, Link, Outlet, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { DatasetFailed } from './DatasetWaiting';
import { UploadProvider } from './upload/UploadProvider';

const dataset: Dataset = {
  id: 'd',
  name: 'Manchots',
  description: '',
  rows: null,
  columns: null,
  bytes: 10,
  sha256: '',
  format: null,
  format_options: null,
  state: 'failed',
  version: 1,
  owner_id: 'u',
  course_id: null,
  created_at: '2025-01-01T00:00:00Z',
  error: { kind: 'invalid_input', code: 'dataset.empty', message: 'It is empty.', details: {} },
  newest: null,
};

/** Where files were sent to; none is answered. */
let sent: string[];

class FileRequest {
  upload = {};
  open(method: string, url: string): void {
    sent.push(`${method} ${url}`);
  }
  setRequestHeader = (): void => undefined;
  send = (): void => undefined;
  abort = (): void => undefined;
}

beforeEach(async () => {
  sent = [];
  vi.stubGlobal('XMLHttpRequest', FileRequest);
  const children = [
    { path: '/datasets/d', element: <DatasetFailed dataset={dataset} /> },
    { path: '/datasets', element: <h1>Liste</h1> },
  ];
  const element = (
    <UploadProvider>
      <Link to="/datasets">Ailleurs</Link>
      <Outlet />
    </UploadProvider>
  );
  const router = createMemoryRouter([{ element, children }], { initialEntries: ['/datasets/d'] });
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const file = (): File => new File(['a\n1\n'], 'mesures.csv');
const drop = (): boolean => fireEvent.drop(window, { dataTransfer: { types: ['Files'], files: [file()] } });

test('the mended file that is chosen becomes a new version of the dataset', async () => {
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: /Déposer le fichier corrigé/ }));
  await user.upload(screen.getByTestId('file-input'), file());
  await waitFor(() => expect(sent).toEqual(['POST /api/v1/datasets/d/versions']));
});

test('so does one that is dropped, while this page is shown', async () => {
  drop();
  await waitFor(() => expect(sent).toEqual(['POST /api/v1/datasets/d/versions']));
});

test('on another page a file that is dropped is a new dataset', async () => {
  const user = userEvent.setup();
  await user.click(screen.getByRole('link', { name: 'Ailleurs' }));
  await screen.findByRole('heading', { name: 'Liste' });
  drop();
  await waitFor(() => expect(sent).toEqual(['POST /api/v1/datasets']));
});
