// @vitest-environment jsdom
import { notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderTest } from '@/shared/lib/renderTest';
import { meKey, useLogout } from './api';

const fetched = vi.fn<() => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function Leave() {
  const logout = useLogout();
  return <button onClick={() => logout.mutate()}>Partir</button>;
}

/** What the page knows of its user after the server has answered the sign-out with this status. */
async function after(status: number) {
  const shown = vi.spyOn(notifications, 'show');
  const client = new QueryClient();
  client.setQueryData(meKey, { username: 'ada' });
  fetched.mockReset().mockResolvedValue(new Response(null, { status }));
  await renderTest(
    <QueryClientProvider client={client}>
      <Leave />
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Partir' }));
  await waitFor(() => {
    expect(client.isMutating()).toBe(0);
    expect(shown.mock.calls.length + Number(client.getQueryData(meKey) === null)).toBeGreaterThan(0);
  });
  return { me: client.getQueryData(meKey), errors: shown.mock.calls.length };
}

test.each([204, 401])('the page forgets who was signed in when the server says %i', async (status) => {
  expect(await after(status)).toEqual({ me: null, errors: 0 });
});

test('the page does not say that somebody is signed out who is not', async () => {
  expect(await after(503)).toEqual({ me: { username: 'ada' }, errors: 1 });
});
