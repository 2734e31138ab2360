// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OwnQuota, QuotaAndUsage } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { CourseQuota } from './CourseQuota';
import { QuotaDialog } from './QuotaDialog';
import { QuotaPanel } from './QuotaPanel';

const quota: QuotaAndUsage = {
  granted: { pipelines: 5 },
  quota: { work_seconds: 28_800, storage_bytes: 2_000_000_000, pipelines: 5 },
  used: { work_seconds: 7_800, storage_bytes: 1_700_000_000, pipelines: 5 },
};
const open: QuotaAndUsage = { granted: {}, quota: {}, used: { work_seconds: 0, storage_bytes: 10, pipelines: 1 } };

const fetched = vi.fn<(url: string, options: { method?: string; body?: string }) => Promise<Response>>();

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  fetched.mockReset();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(content: ReactNode, answer: QuotaAndUsage | OwnQuota) {
  fetched.mockImplementation(() => Promise.resolve(Response.json(answer)));
  await renderTest(<QueryClientProvider client={new QueryClient()}>{content}</QueryClientProvider>);
  return userEvent.setup();
}

const sent = () => fetched.mock.calls.filter(([, { method }]) => method === 'PUT');
const lines = () => screen.getAllByRole('listitem').map((item) => item.textContent.replace(/\s/g, ' '));

test('what is used of how much is said as people write it, with a warning before it is too late', async () => {
  const courses = [
    { course_id: 'c', quota: { ...open, quota: { predictions: 60 } } },
    { course_id: 'd', quota: open },
  ];
  const titles = [
    { id: 'c', title: 'Apprentissage' },
    { id: 'd', title: 'Statistique' },
  ];
  await show(<QuotaPanel courses={titles} />, { unlimited: false, own: quota, courses });
  await screen.findByText(/8\sh ces dernières/);
  expect(lines()).toEqual([
    'Temps de calcul2 h 10 min sur 8 h ces dernières 24 heures',
    'Stockagebientôt épuisé1,7 Go sur 2 Go',
    'Pipelines qui ne sont pas finisépuisé5 sur 5',
    'Prédictions par minutesans limite',
    // Of a course only what has a limit.
    'Prédictions par minute60 au plus',
  ]);
  const tones = screen.getAllByRole('progressbar').map((bar) => bar.dataset.tone);
  expect(tones).toEqual(['run', 'warn', 'bad']);
  expect(screen.getByRole('progressbar', { name: 'Stockage' }).getAttribute('aria-valuenow')).toBe('85');
  screen.getByRole('heading', { name: 'Apprentissage, tous ensemble' });
  expect(screen.queryByText(/Statistique/)).toBeNull();
});

test('for administrators one sentence says it all', async () => {
  await show(<QuotaPanel courses={[]} />, { unlimited: true, own: quota, courses: [] });
  await screen.findByText('Aucun quota ne vaut pour les administrateurs.');
  expect(screen.queryByRole('progressbar')).toBeNull();
});

const ofAda = <QuotaDialog of={{ noun: 'users', id: 'u' }} name="ada" onClose={vi.fn()} />;

test('the fields hold what is granted, and what is usual stands behind an empty one', async () => {
  const user = await show(ofAda, quota);
  const dialog = await screen.findByRole('dialog', { name: /Quota de.*ada/ });
  const field = (label: string) => within(dialog).getByLabelText<HTMLInputElement>(label);
  const save = await within(dialog).findByRole<HTMLButtonElement>('button', { name: 'Enregistrer' });
  expect(field('Pipelines à la fois').value).toBe('5');
  expect(field('Pipelines à la fois').placeholder).toBe('comme d’habitude');
  expect(field('Stockage, en Go').placeholder).toBe('2');
  expect(field('Prédictions par minute').placeholder).toBe('sans limite');
  await user.type(field('Heures de calcul en 24 heures'), '1,5');
  await user.type(field('Prédictions par minute'), '2,5');
  within(dialog).getByText('Écrivez un nombre entier, 0 ou plus.');
  expect(save.disabled).toBe(true);
  await user.clear(field('Prédictions par minute'));
  await user.clear(field('Pipelines à la fois'));
  await user.click(save);
  await waitFor(() => expect(sent()).toHaveLength(1));
  expect(sent()[0]?.[0]).toBe('/api/v1/users/u/quota');
  expect(JSON.parse(sent()[0]?.[1].body ?? '')).toEqual({ work_seconds: 5_400 });
});

test('all of it is as usual again with one button, which is there only where something is granted', async () => {
  const user = await show(ofAda, quota);
  await user.click(await screen.findByRole('button', { name: 'À nouveau comme d’habitude' }));
  await waitFor(() => expect(sent()[0]?.[1].body).toBe('{}'));
  cleanup();
  await show(ofAda, open);
  await screen.findByRole('button', { name: 'Enregistrer' });
  expect(screen.queryByRole('button', { name: 'À nouveau comme d’habitude' })).toBeNull();
});

test('a teacher sees the quota of the course; an administrator changes it', async () => {
  const course = { id: 'c', title: 'Apprentissage' };
  await show(<CourseQuota course={course} mayGrant={false} />, quota);
  await screen.findByText('5 sur 5');
  expect(screen.queryByRole('button')).toBeNull();
  cleanup();
  const user = await show(<CourseQuota course={course} mayGrant />, quota);
  const button = screen.getByRole('button', { name: 'Modifier le quota' });
  await user.click(button);
  await user.click(await screen.findByRole('button', { name: 'Annuler' }));
  expect(document.activeElement).toBe(button);
  expect(fetched.mock.calls.every(([url]) => url === '/api/v1/courses/c/quota')).toBe(true);
});
