// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { AuthConfig } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { authConfigQuery } from './api';
import { LoginPage } from './LoginPage';

afterEach(cleanup);

async function show(mode: AuthConfig['mode'], next = '/', failure: string | null = null) {
  const client = new QueryClient();
  client.setQueryData(authConfigQuery.queryKey, { mode, version: '1' });
  await renderTest(
    <QueryClientProvider client={client}>
      <LoginPage next={next} failure={failure} />
    </QueryClientProvider>,
  );
}

test('accounts of this site sign in by a form', async () => {
  await show('local');
  screen.getByLabelText('Nom d’utilisateur');
  expect(screen.queryByRole('link')).toBeNull();
});

test('accounts of the school sign in there and come back to the page that was asked for', async () => {
  await show('oidc', '/pipelines/1?tab=log');
  const link = screen.getByRole('link', { name: 'Se connecter avec le compte de l’école' });
  expect(link.getAttribute('href')).toBe('/auth/login?next=%2Fpipelines%2F1%3Ftab%3Dlog');
  expect(screen.queryByLabelText('Nom d’utilisateur')).toBeNull();
});

test('why it did not work is said, in our words or in plain ones', async () => {
  await show('oidc', '/', 'auth.course');
  expect(screen.getByRole('alert').textContent).toMatch(/^Vous n’appartenez pas à ce cours/);
  cleanup();
  await show('oidc', '/', 'access_denied');
  expect(screen.getByRole('alert').textContent).toMatch(/^La connexion n’a pas abouti/);
});
