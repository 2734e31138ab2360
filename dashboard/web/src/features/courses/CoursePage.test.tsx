// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Course, CourseMember, CourseRole, Me } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { CoursePage } from './CoursePage';

const me: Me = {
  id: 'u1',
  username: 'tina',
  display_name: 'Tina',
  roles: ['teacher'],
  csrf_token: 'x',
  must_change_password: false,
};
const course: Course = { id: 'c', code: 'INF-201', title: 'Apprentissage', role: 'teacher', created_at: '2026-01-01' };
const members: CourseMember[] = [
  { id: 'u1', username: 'tina', display_name: 'Tina', role: 'teacher' },
  { id: 'u2', username: 'ada/x', display_name: 'Ada', role: 'student' },
];

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(role: CourseRole) {
  fetched.mockImplementation((url, { method }) => {
    if (method === 'DELETE') return Promise.resolve(new Response(null, { status: 204 }));
    if (method === 'PUT') return Promise.resolve(Response.json(members[1]));
    const list = { items: members, next_cursor: null };
    return Promise.resolve(Response.json(url.endsWith('/c') ? { ...course, role } : list));
  });
  const router = createMemoryRouter([
    { path: '/', element: <CoursePage id="c" me={me} quota={({ code }) => <p>Quota : {code}</p>} /> },
  ]);
  await renderTest(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await screen.findByRole('heading', { name: 'Apprentissage' });
  return userEvent.setup();
}

const sent = (method: string) => fetched.mock.calls.find(([, options]) => options.method === method);

test('a student sees the title, and asks for nothing more', async () => {
  await show('student');
  expect(screen.queryByRole('table')).toBeNull();
  expect(screen.queryByText('Quota : INF-201')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Modifier' })).toBeNull();
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('a teacher sees the quota of the course, and adds somebody by name', async () => {
  const user = await show('teacher');
  screen.getByText('Quota : INF-201');
  await user.type(screen.getByLabelText('Nom d’utilisateur'), 'ada/x');
  await user.click(screen.getByRole('button', { name: 'Inscrire' }));
  await waitFor(() => expect(sent('PUT')?.[0]).toBe('/api/v1/courses/c/members/ada%2Fx'));
  expect(JSON.parse(sent('PUT')?.[1].body ?? '')).toEqual({ role: 'student' });
});

test('removing asks first; a teacher cannot stop teaching by a slip', async () => {
  const user = await show('teacher');
  const own = await screen.findByRole<HTMLInputElement>('combobox', { name: 'Rôle de Tina' });
  expect(own.disabled).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Retirer Ada' }));
  const dialog = await screen.findByRole('dialog', { name: /Retirer Ada du cours/ });
  expect(sent('DELETE')).toBeUndefined();
  await user.click(within(dialog).getByRole('button', { name: 'Retirer' }));
  await waitFor(() => expect(sent('DELETE')?.[0]).toBe('/api/v1/courses/c/members/ada%2Fx'));
});
