// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderTest } from '@/shared/lib/renderTest';
import { NewToken } from './NewToken';

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset().mockImplementation(() => Promise.resolve(Response.json({ token: 'secret' })));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(admin: boolean) {
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <NewToken admin={admin} deployments={['prix']} />
    </QueryClientProvider>,
  );
  const user = userEvent.setup();
  await user.type(screen.getByLabelText('Nom'), 'TP');
  return user;
}

const make = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Créer un jeton' });
const wish = async (): Promise<unknown> => {
  await waitFor(() => expect(fetched).toHaveBeenCalled());
  return JSON.parse(fetched.mock.calls[0]?.[1].body ?? '');
};

test('without a word a token reads, writes and predicts', async () => {
  const user = await show(false);
  expect(screen.queryByLabelText('Administration')).toBeNull();
  await user.click(make());
  expect(await wish()).toEqual({ name: 'TP', expires_in_days: 90, scopes: ['read', 'write', 'predict'] });
});

test('an administrator may give the right that only they have, and nobody none at all', async () => {
  const user = await show(true);
  for (const right of ['Lecture', 'Écriture', 'Prédiction']) await user.click(screen.getByLabelText(right));
  expect(make().disabled).toBe(true);
  await user.click(screen.getByLabelText('Administration'));
  await user.click(make());
  expect(await wish()).toEqual({ name: 'TP', expires_in_days: 90, scopes: ['admin'] });
});

test('a token for one deployment has no scopes', async () => {
  const user = await show(false);
  await user.click(screen.getByLabelText('Un seul déploiement'));
  expect(make().disabled).toBe(true);
  await user.click(screen.getByRole('combobox', { name: 'Déploiement' }));
  await user.click(await screen.findByRole('option', { name: 'prix' }));
  await user.click(make());
  expect(await wish()).toEqual({ name: 'TP', expires_in_days: 90, deployment: 'prix' });
});
