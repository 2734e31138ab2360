// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Course, Share } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { wishOf } from './api';
import { ShareDialog } from './ShareDialog';

const at = '2026-01-01T00:00:00Z';
const person: Share = { with: 'user:u2', name: 'ada', level: 'see', created_at: at };
const class3: Share = { with: 'course:c', name: 'INF-201', level: 'see', created_at: at };
const course: Course = { id: 'c', code: 'INF-201', title: 'Apprentissage', role: 'teacher', created_at: at };

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset().mockImplementation((_, { method }) => {
    if (method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }));
    const list = { items: [person, class3], next_cursor: null };
    return Promise.resolve(Response.json(method === 'GET' ? list : person));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show() {
  const close = vi.fn();
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <ShareDialog thing={{ noun: 'deployments', id: 'prix' }} name="prix" courses={[course]} onClose={close} />
    </QueryClientProvider>,
  );
  await screen.findByText('ada');
  return userEvent.setup();
}

const sent = (method: string) => fetched.mock.calls.find(([, options]) => options.method === method);

test('it lists people and courses, with the title of a course that one knows', async () => {
  await show();
  const lines = screen.getAllByRole('listitem').map((line) => line.textContent);
  expect(lines[0]).toContain('ada');
  expect(lines[1]).toContain('INF-201 · Apprentissage');
});

test('a person is let at it by name', async () => {
  const user = await show();
  await user.type(screen.getByLabelText('Nom d’utilisateur'), 'bob');
  await user.click(screen.getByRole('button', { name: 'Partager' }));
  await waitFor(() => expect(sent('POST')).toBeDefined());
  expect(sent('POST')?.[0]).toBe('/api/v1/shares/deployments/prix');
  expect(JSON.parse(sent('POST')?.[1].body ?? '')).toEqual({ username: 'bob', level: 'see' });
});

test('somebody is let at it no longer', async () => {
  const user = await show();
  await user.click(screen.getByRole('button', { name: 'Retirer INF-201' }));
  await waitFor(() => expect(sent('DELETE')?.[0]).toBe('/api/v1/shares/deployments/prix/course%3Ac'));
});

test('why it cannot be shared is said', async () => {
  const user = await show();
  const error = { kind: 'forbidden', code: 'auth.look_only', message: 'No.', details: {} };
  fetched.mockImplementationOnce(() => Promise.resolve(Response.json({ error }, { status: 403 })));
  await user.type(screen.getByLabelText('Nom d’utilisateur'), 'bob');
  await user.click(screen.getByRole('button', { name: 'Partager' }));
  expect((await screen.findByRole('alert')).textContent).toContain('quelqu’un d’autre');
});

test('another level is asked for under the same name', () => {
  expect(wishOf(person, 'change')).toEqual({ username: 'ada', level: 'change' });
  expect(wishOf(class3, 'change')).toEqual({ course_id: 'c', level: 'change' });
  expect(wishOf({ ...person, name: null }, 'change')).toBeNull();
});
