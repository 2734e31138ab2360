// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ImportReport, ImportRow } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { ImportPage } from './ImportPage';
import { inOrder, newAccounts, passwordsCsv, readTable } from './table';

/** What jsdom's files lack. */
const bytesOf = (file: Blob): Promise<ArrayBuffer> =>
  new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(file);
  });
Object.defineProperty(Blob.prototype, 'arrayBuffer', {
  value(this: Blob) {
    return bytesOf(this);
  },
});

const row = (part: Partial<ImportRow>): ImportRow => ({
  row: 2,
  username: 'ada',
  outcome: 'created',
  error: null,
  password: null,
  ...part,
});
const role = { kind: 'invalid_input', code: 'import.role', message: 'No.', details: { role: 'admin' } };
const refused = row({ row: 4, username: 'eve', outcome: 'failed', error: role });
const kept = row({ row: 3, username: 'bob', outcome: 'kept' });

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();
const saved = vi.fn<(blob: Blob) => string>();
let rows: ImportRow[] = [];

beforeEach(() => {
  rows = [row({}), kept];
  vi.stubGlobal('fetch', fetched);
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: saved, revokeObjectURL: () => undefined }));
  saved.mockReset().mockReturnValue('blob:x');
  fetched.mockReset().mockImplementation((url) => {
    const applied = url.includes('dry_run=false');
    const made = (one: ImportRow) => ({ ...one, password: applied && one.outcome === 'created' ? '-amber' : null });
    const report: ImportReport = { applied, rows: rows.map(made) };
    return Promise.resolve(Response.json(report));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function choose(content: BlobPart = 'username\nada\n') {
  const router = createMemoryRouter(
    [
      { path: '/people/import', element: <ImportPage /> },
      { path: '/people', element: <p>Liste</p> },
    ],
    { initialEntries: ['/people/import'] },
  );
  const { container } = await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  const user = userEvent.setup();
  const input = container.querySelector<HTMLInputElement>('input[type=file]');
  if (input === null) throw new Error('no field for a file');
  await user.upload(input, new File([content], 'classe.csv', { type: 'text/csv' }));
  return { user, router, report: () => screen.findByTestId('import-report') };
}

const lines = (report: HTMLElement) =>
  within(report)
    .getAllByRole('row')
    .slice(1)
    .map((line) =>
      within(line)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    );

test('what a table would do is shown before anything is done', async () => {
  const report = await (await choose()).report();
  const [[url, options] = []] = fetched.mock.calls;
  expect(url).toBe('/api/v1/users/import?dry_run=true');
  expect(options?.body).toBe('username\nada\n');
  expect(lines(report)).toEqual([
    ['2', 'ada', 'à créer'],
    ['3', 'bob', 'déjà là'],
  ]);
  expect(report.textContent).toContain('1 compte à créer');
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('a table with a row that is refused cannot be imported, and says which row and why', async () => {
  rows = [row({}), kept, refused];
  const report = await (await choose()).report();
  expect(lines(report)[0]).toEqual(['4', 'eve', 'refusée', expect.stringContaining('admin')]);
  expect(screen.getByRole('alert').textContent).toContain('Rien n’est fait');
  expect(screen.queryByRole('button', { name: /Importer/ })).toBeNull();
});

test('passwords are carried away once, and whoever leaves without them is asked', async () => {
  const { user, router } = await choose();
  await user.click(await screen.findByRole('button', { name: 'Importer 2 lignes' }));
  const save = await screen.findByRole('button', { name: 'Télécharger les mots de passe' });
  expect(fetched.mock.calls[1]?.[0]).toBe('/api/v1/users/import?dry_run=false');
  expect(screen.queryByRole('button', { name: /Importer/ })).toBeNull();
  await user.click(screen.getByRole('link', { name: 'Personnes' }));
  await user.click(await screen.findByRole('button', { name: 'Rester' }));
  expect(router.state.location.pathname).toBe('/people/import');
  await user.click(save);
  const file = saved.mock.calls[0]?.[0] ?? new Blob();
  expect(new TextDecoder().decode(await bytesOf(file))).toBe("username,password\r\nada,'-amber\r\n");
  screen.getByText(/précédé d’une apostrophe/);
  await user.click(screen.getByRole('button', { name: 'C’est enregistré' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/people'));
});

test('what is no table is said', async () => {
  const error = { kind: 'invalid_input', code: 'import.too_many', message: 'No.', details: { most: 500 } };
  fetched.mockImplementation(() => Promise.resolve(Response.json({ error }, { status: 422 })));
  await choose();
  expect((await screen.findByRole('alert')).textContent).toContain('500 lignes');
});

test('a file of an old spreadsheet is read with its accents', async () => {
  const old = await readTable(new File([new Uint8Array([0x7a, 0xe9])], 'a.csv'));
  expect(old).toEqual({ name: 'a.csv', text: 'zé', old: true });
  expect((await readTable(new File(['zé'], 'b.csv'))).old).toBe(false);
});

test('rows that need a hand come first, and formulas stay texts in the file', () => {
  expect(inOrder([row({}), refused, kept]).map((one) => one.row)).toEqual([4, 2, 3]);
  const report = { applied: true, rows: [row({ username: '=cmd()', password: 'kestrel' }), kept] };
  expect(passwordsCsv(newAccounts(report)).split('\r\n')[1]).toBe("'=cmd(),kestrel");
});
