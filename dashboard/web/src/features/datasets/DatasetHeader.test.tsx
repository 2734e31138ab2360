// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { DatasetHeader } from './DatasetHeader';

const dataset: Dataset = {
  id: 'd',
  name: 'Manchots',
  description: '',
  rows: 3,
  columns: 2,
  bytes: 10,
  sha256: '',
  format: 'csv',
  format_options: null,
  state: 'ready',
  version: 1,
  owner_id: 'u',
  course_id: null,
  created_at: '2025-01-01T00:00:00Z',
  error: null,
  newest: null,
};

const fetched = vi.fn<(url: string, options: { method?: string }) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset().mockResolvedValue(new Response(null, { status: 204 }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Opens the dialogue by keyboard, as somebody without a mouse does. */
async function ask() {
  const user = userEvent.setup();
  const router = createMemoryRouter(
    [
      { path: '/datasets/d', element: <DatasetHeader dataset={dataset} /> },
      { path: '/datasets', element: <h1>Liste</h1> },
    ],
    { initialEntries: ['/datasets/d'] },
  );
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  const menu = screen.getByRole('button', { name: 'Autres actions' });
  menu.focus();
  await user.keyboard('{Enter}');
  (await screen.findByRole('menuitem', { name: 'Supprimer' })).focus();
  await user.keyboard('{Enter}');
  const dialog = await screen.findByRole('dialog', { name: /Supprimer.*Manchots/ });
  const cancel = within(dialog).getByRole('button', { name: 'Annuler' });
  await waitFor(() => expect(document.activeElement).toBe(cancel));
  return { user, menu, dialog };
}

test('deleting asks first, by name; Escape and "cancel" change nothing and give the focus back', async () => {
  const { user, menu } = await ask();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(document.activeElement).toBe(menu);
  await user.keyboard('{Enter}');
  await user.click(await screen.findByRole('menuitem', { name: 'Supprimer' }));
  await user.click(await screen.findByRole('button', { name: 'Annuler' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(document.activeElement).toBe(menu);
  expect(fetched).not.toHaveBeenCalled();
});

test('once confirmed it deletes and leaves the page', async () => {
  const { user, dialog } = await ask();
  await user.click(within(dialog).getByRole('button', { name: 'Supprimer' }));
  await screen.findByRole('heading', { name: 'Liste' });
  expect(fetched).toHaveBeenCalledTimes(1);
  expect(fetched.mock.calls[0]).toMatchObject(['/api/v1/datasets/d', { method: 'DELETE' }]);
});

test('why it cannot be deleted is said in the dialogue', async () => {
  const error = { kind: 'conflict', code: 'dataset.in_use', message: 'No.', details: {} };
  fetched.mockResolvedValue(new Response(JSON.stringify({ error }), { status: 409 }));
  const { user, dialog } = await ask();
  await user.click(within(dialog).getByRole('button', { name: 'Supprimer' }));
  expect((await within(dialog).findByRole('alert')).textContent).toContain('Un pipeline en cours');
});
