// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Me, RoleRequest, User } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { PeoplePage } from './PeoplePage';

const me: Me = {
  id: 'u1',
  username: 'admin',
  display_name: 'Amina',
  roles: ['admin'],
  csrf_token: 'x',
  must_change_password: false,
};
const ada: User = {
  id: 'u2',
  username: 'ada',
  display_name: 'Ada',
  roles: ['student'],
  service: false,
  disabled: false,
  must_change_password: false,
  from_provider: false,
  created_at: '2026-01-01T00:00:00Z',
};
const own: User = { ...ada, id: me.id, username: me.username, display_name: me.display_name, roles: me.roles };
const request: RoleRequest = {
  id: 'r',
  user_id: 'u3',
  username: 'bob',
  roles: ['admin'],
  asked_by: 'admin',
  created_at: ada.created_at,
  expires_at: ada.created_at,
};

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();
let requests: RoleRequest[] = [];

beforeEach(() => {
  requests = [];
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset().mockImplementation((url, { method }) => {
    const items = url.includes('role-requests') ? requests : [ada, own];
    const once = { password: 'kestrel-amber', user: ada, pending: null };
    return Promise.resolve(Response.json(method === 'GET' ? { items, next_cursor: null } : once));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(address = '/people') {
  const router = createMemoryRouter(
    [{ path: '/people', element: <PeoplePage me={me} Quota={({ user }) => `Quota : ${user.username}`} /> }],
    {
      initialEntries: [address],
    },
  );
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await screen.findByRole('cell', { name: 'ada' });
  return { user: userEvent.setup(), router };
}

const sent = (method: string) => fetched.mock.calls.filter(([, options]) => options.method === method);

async function choose(user: ReturnType<typeof userEvent.setup>, name: string, item: string) {
  await user.click(screen.getByRole('button', { name: `Actions pour ${name}` }));
  await user.click(await screen.findByRole('menuitem', { name: item }));
  return screen.findByRole('dialog');
}

test('a new account shows its password once, and no key or click beside it takes it away', async () => {
  const { user } = await show();
  await user.click(screen.getByRole('button', { name: 'Créer un compte' }));
  const dialog = await screen.findByRole('dialog', { name: 'Nouveau compte' });
  await user.type(within(dialog).getByLabelText('Nom d’utilisateur'), ' ada ');
  await user.click(within(dialog).getByRole('button', { name: 'Créer le compte' }));
  await screen.findByText('kestrel-amber');
  const [[url, options] = []] = sent('POST');
  expect(url).toBe('/api/v1/users');
  expect(JSON.parse(options?.body ?? '')).toEqual({ username: 'ada', roles: ['student'] });
  await user.keyboard('{Escape}');
  screen.getByText('kestrel-amber');
  await user.click(screen.getByRole('button', { name: 'C’est copié' }));
  await waitFor(() => expect(screen.queryByText('kestrel-amber')).toBeNull());
});

test('an answer that was lost on its way says what to do', async () => {
  const { user } = await show();
  const lost = { password: null, user: ada, pending: null };
  fetched.mockImplementationOnce(() => Promise.resolve(Response.json(lost, { status: 201 })));
  await user.click(screen.getByRole('button', { name: 'Créer un compte' }));
  await user.type(await screen.findByLabelText('Nom d’utilisateur'), 'ada');
  await user.click(screen.getByRole('button', { name: 'Créer le compte' }));
  await screen.findByText(/perdu en route/);
});

test('only what has changed is sent', async () => {
  const { user } = await show();
  const dialog = await choose(user, 'ada', 'Modifier');
  await user.click(within(dialog).getByLabelText('Enseignant'));
  await user.click(within(dialog).getByRole('button', { name: 'Enregistrer' }));
  await waitFor(() => expect(sent('PATCH')).toHaveLength(1));
  expect(JSON.parse(sent('PATCH')[0]?.[1].body ?? '')).toEqual({ roles: ['student', 'teacher'] });
});

test('nobody changes their own roles, disables themselves or needs a new password from here', async () => {
  const { user } = await show();
  const dialog = await choose(user, 'admin', 'Modifier');
  expect(within(dialog).getByLabelText<HTMLInputElement>('Administrateur').disabled).toBe(true);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Actions pour admin' }));
  const items = (await screen.findAllByRole('menuitem')).map((item) => item.textContent);
  expect(items).toEqual(['Modifier', 'Déconnecter partout']);
});

test('the dialogue about a quota is that of the account', async () => {
  const { user } = await show();
  await user.click(screen.getByRole('button', { name: 'Actions pour ada' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Quota…' }));
  await screen.findByText('Quota : ada');
});

test('disabling asks first', async () => {
  const { user } = await show();
  const dialog = await choose(user, 'ada', 'Désactiver');
  expect(sent('PATCH')).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Désactiver' }));
  await waitFor(() => expect(sent('PATCH')).toHaveLength(1));
  expect(JSON.parse(sent('PATCH')[0]?.[1].body ?? '')).toEqual({ disabled: true });
});

test('what is looked for stands in the address and is asked for once', async () => {
  const { user, router } = await show('/people?search=ad');
  const field = screen.getByLabelText<HTMLInputElement>('Chercher un nom');
  expect(field.value).toBe('ad');
  await user.type(field, 'a l');
  await waitFor(() => expect(router.state.location.search).toBe('?search=ada+l'));
  expect(field.value).toBe('ada l');
  const searches = () => fetched.mock.calls.map(([url]) => /search=([^&]*)/.exec(url)?.[1]).filter(Boolean);
  await waitFor(() => expect(searches()).toEqual(['ad', 'ada+l']));
});

test('nobody approves what they have asked for themselves', async () => {
  requests = [request, { ...request, id: 's', username: 'eve', asked_by: 'root' }];
  const { user } = await show();
  screen.getByRole('button', { name: 'Retirer la demande pour bob' });
  expect(screen.queryByRole('button', { name: 'Approuver bob' })).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Approuver eve' }));
  await waitFor(() => expect(sent('POST')[0]?.[0]).toBe('/api/v1/role-requests/s/approve'));
});
