// @vitest-environment jsdom
import { notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderTest } from '@/shared/lib/renderTest';
import { setCsrfToken } from '@/shared/api/http';
import type { AuthConfig } from '@/shared/api/types';
import { authConfigQuery, meKey, useLogout } from './api';

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
async function after(status: number, mode: AuthConfig['mode'] = 'local') {
  const shown = vi.spyOn(notifications, 'show');
  const client = new QueryClient();
  client.setQueryData(meKey, { username: 'ada' });
  client.setQueryData(authConfigQuery.queryKey, { mode, version: '1' });
  fetched.mockReset().mockResolvedValue(new Response(null, { status }));
  await renderTest(
    <QueryClientProvider client={client}>
      <Leave />
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Partir' }));
  await waitFor(() => {
    expect(client.isMutating()).toBe(0);
    const forgotten = Number(client.getQueryData(meKey) === null);
    expect(shown.mock.calls.length + forgotten + Number(mode === 'oidc')).toBeGreaterThan(0);
  });
  return { me: client.getQueryData(meKey), errors: shown.mock.calls.length };
}

test.each([204, 401])('the page forgets who was signed in when the server says %i', async (status) => {
  expect(await after(status)).toEqual({ me: null, errors: 0 });
});

test('the page does not say that somebody is signed out who is not', async () => {
  expect(await after(503)).toEqual({ me: { username: 'ada' }, errors: 1 });
});

test('where a provider signs people in, the browser itself goes to where the sign-out leads', async () => {
  const sent: string[] = [];
  vi.spyOn(HTMLFormElement.prototype, 'submit').mockImplementation(function (this: HTMLFormElement) {
    sent.push(
      `${this.method} ${this.getAttribute('action') ?? ''} ${new URLSearchParams(new FormData(this) as never).toString()}`,
    );
  });
  setCsrfToken('t');
  await after(204, 'oidc');
  expect(sent).toEqual(['post /auth/logout csrf_token=t']);
  expect(fetched).not.toHaveBeenCalled();
});
