// @vitest-environment jsdom
import { QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, screen, within } from '@testing-library/react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderTest } from '@/shared/lib/renderTest';
import { Guard } from './Guard';
import { queryClient } from './queryClient';

const fetched = vi.fn<() => Promise<Response>>();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset();
  queryClient.clear();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

const show = () => {
  const router = createMemoryRouter([
    { path: '/', element: <Guard /> },
    { path: '/account', element: <Guard />, children: [{ index: true, element: <h1>Mon compte</h1> }] },
    { path: '/login', element: <h1>Connexion</h1> },
  ]);
  return renderTest(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
};

const away = () => {
  const error = { kind: 'unavailable', code: 'store.unavailable', message: 'Away.', details: {} };
  return Response.json({ error }, { status: 503 });
};

test('while the server lets people wait they see the app, and after a moment that it is slow', async () => {
  fetched.mockReturnValue(new Promise(() => undefined));
  await show();
  screen.getByTestId('waiting');
  expect(screen.queryByText(/répond lentement/)).toBeNull();
  await pass(2_600);
  screen.getByText(/répond lentement/);
});

test('a server that cannot answer is shown at once, stays shown, and is asked again behind it', async () => {
  fetched.mockImplementation(() => Promise.resolve(away()));
  await show();
  await pass(50);
  expect(screen.getByRole('alert').textContent).toContain('base de données');
  screen.getByRole('button', { name: 'Réessayer' });
  expect(fetched).toHaveBeenCalledTimes(1);
  fetched.mockReturnValue(new Promise(() => undefined));
  await pass(5_100);
  expect(fetched).toHaveBeenCalledTimes(2);
  screen.getByRole('alert');
});

test('when it is back the page goes on by itself', async () => {
  fetched.mockImplementationOnce(() => Promise.resolve(away()));
  fetched.mockImplementation(() => Promise.resolve(Response.json({ error: null }, { status: 401 })));
  await show();
  await pass(50);
  screen.getByRole('alert');
  await pass(5_100);
  screen.getByRole('heading', { name: 'Connexion' });
});

test('a password that somebody else knows leads to the account and nowhere else', async () => {
  const me = { id: 'u', username: 'ada', display_name: 'Ada', roles: ['admin'], csrf_token: 'x' };
  fetched.mockImplementation(() => Promise.resolve(Response.json({ ...me, must_change_password: true })));
  await show();
  await pass(50);
  screen.getByRole('heading', { name: 'Mon compte' });
  expect(within(screen.getByRole('navigation')).queryAllByRole('link')).toEqual([]);
  expect(fetched).toHaveBeenCalledTimes(1);
});
