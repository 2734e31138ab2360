// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, Outlet, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Dataset } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { DatasetHeader } from './DatasetHeader';
import { UploadProvider } from './upload/UploadProvider';

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

/** The page of a dataset, with its menu opened by keyboard, as somebody without a mouse does. */
async function openMenu() {
  const user = userEvent.setup();
  const children = [
    { path: '/datasets/d', element: <DatasetHeader dataset={dataset} /> },
    { path: '/datasets', element: <h1>Liste</h1> },
  ];
  const element = (
    <UploadProvider>
      <Outlet />
    </UploadProvider>
  );
  const router = createMemoryRouter([{ element, children }], { initialEntries: ['/datasets/d?view=rows'] });
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  const menu = screen.getByRole('button', { name: 'Autres actions' });
  menu.focus();
  await user.keyboard('{Enter}');
  return { user, menu, router };
}

async function ask() {
  const { user, menu } = await openMenu();
  (await screen.findByRole('menuitem', { name: 'Supprimer' })).focus();
  await user.keyboard('{Enter}');
  const dialog = await screen.findByRole('dialog', { name: /Supprimer.*Manchots/ });
  const cancel = within(dialog).getByRole('button', { name: 'Annuler' });
  await waitFor(() => expect(document.activeElement).toBe(cancel));
  return { user, menu, dialog };
}

/** The requests that carry files; each is answered by the test. */
class FileRequest {
  static sent: FileRequest[] = [];
  upload = {};
  onload?: () => void;
  onerror?: () => void;
  status = 0;
  responseText = '';
  line = '';
  headers: Record<string, string> = {};
  open(method: string, url: string): void {
    this.line = `${method} ${url}`;
  }
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(): void {
    FileRequest.sent.push(this);
  }
  abort(): void {
    this.onerror?.();
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    act(() => this.onload?.());
  }
}

/** Chooses "new version" and a file; the request that is sent and the dialogue that shows it. */
async function addVersion() {
  FileRequest.sent = [];
  vi.stubGlobal('XMLHttpRequest', FileRequest);
  const { user, router } = await openMenu();
  const input = screen.getByTestId<HTMLInputElement>('file-input');
  const picked = vi.spyOn(input, 'click');
  (await screen.findByRole('menuitem', { name: 'Nouvelle version' })).focus();
  await user.keyboard('{Enter}');
  expect(picked).toHaveBeenCalledTimes(1);
  await user.upload(input, new File(['a\n1\n'], 'mesures.csv'));
  const dialog = await screen.findByRole('dialog', { name: /Nouvelle version de.*Manchots.*mesures\.csv/ });
  await waitFor(() => expect(FileRequest.sent).toHaveLength(1));
  return { user, router, dialog, input, picked };
}

test('a new version of this dataset is sent with its progress, and its page is shown', async () => {
  const { router } = await addVersion();
  const [request] = FileRequest.sent;
  expect(request?.line).toBe('POST /api/v1/datasets/d/versions');
  request?.answer(201, { ...dataset, version: 2 });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(router.state.location).toMatchObject({ pathname: '/datasets/d', search: '' });
});

test('a version that is refused says why, and another file goes to the same dataset', async () => {
  const { user, dialog, input, picked } = await addVersion();
  const error = { kind: 'invalid_input', code: 'dataset.empty', message: 'Empty.', details: {} };
  FileRequest.sent[0]?.answer(422, { error });
  expect((await within(dialog).findByRole('alert')).textContent).toContain('Le fichier est vide');
  expect(within(dialog).queryByRole('button', { name: 'Réessayer' })).toBeNull();
  await user.click(within(dialog).getByRole('button', { name: 'Choisir un autre fichier' }));
  expect(picked).toHaveBeenCalledTimes(2);
  await user.upload(input, new File(['a\n2\n'], 'autres.csv'));
  await waitFor(() => expect(FileRequest.sent).toHaveLength(2));
  expect(FileRequest.sent[1]?.line).toBe('POST /api/v1/datasets/d/versions');
});

test('a file that is dropped beside one on its way is passed over; after a refusal it is the next version', async () => {
  const { dialog } = await addVersion();
  const dataTransfer = { types: ['Files'], files: [new File(['a\n2\n'], 'autres.csv')] };
  fireEvent.dragEnter(window, { dataTransfer });
  screen.getByText(/en cours d’envoi/);
  fireEvent.drop(window, { dataTransfer });
  expect(screen.queryByText(/en cours d’envoi/)).toBeNull();
  within(dialog).getByRole('progressbar');
  expect(FileRequest.sent).toHaveLength(1);
  const error = { kind: 'invalid_input', code: 'dataset.empty', message: 'Empty.', details: {} };
  FileRequest.sent[0]?.answer(422, { error });
  await within(dialog).findByRole('alert');
  fireEvent.dragEnter(window, { dataTransfer });
  screen.getByText(/nouvelle version de «\sManchots\s»/);
  fireEvent.drop(window, { dataTransfer });
  await waitFor(() => expect(FileRequest.sent).toHaveLength(2));
  expect(FileRequest.sent[1]?.line).toBe('POST /api/v1/datasets/d/versions');
});

test.each([
  [503, 'store.unavailable'],
  [422, 'upload.truncated'],
  [422, 'upload.idle'],
  [422, 'http.body'],
])('what may pass is tried again with the same file: %i %s', async (status, code) => {
  const { user, dialog } = await addVersion();
  FileRequest.sent[0]?.answer(status, { error: { kind: 'x', code, message: 'Not yet.', details: {} } });
  await user.click(await within(dialog).findByRole('button', { name: 'Réessayer' }));
  await waitFor(() => expect(FileRequest.sent).toHaveLength(2));
});

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
