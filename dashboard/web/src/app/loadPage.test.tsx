// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';
import { renderTest } from '@/shared/lib/renderTest';
import { loadPage, loadWithPatience, mayReload } from './loadPage';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const page = { Component: () => <h1>Enfin</h1> };
const gone = new TypeError('Failed to fetch dynamically imported module');

test('a page that does not come at once is asked for again', async () => {
  const load = vi.fn().mockRejectedValueOnce(gone).mockRejectedValueOnce(gone).mockResolvedValue(page);
  expect(await loadWithPatience(load, () => Promise.resolve())).toBe(page);
  expect(load).toHaveBeenCalledTimes(3);
});

test('after that it says so, and "try again" works', async () => {
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(gone));
  vi.useFakeTimers();
  const load = vi.fn().mockRejectedValue(gone);
  const loading = loadPage(load);
  await vi.runAllTimersAsync();
  const { Component } = await loading;
  vi.useRealTimers();
  await renderTest(<Component />);
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Réessayer' }));
  expect(screen.getByRole('alert').textContent).toContain('serveur');
  load.mockResolvedValue(page);
  await user.click(await screen.findByRole('button', { name: 'Réessayer' }));
  await screen.findByRole('heading', { name: 'Enfin' });
});

test('a chunk that is gone reloads the program once, not in circles', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  expect(mayReload(storage, 1_000_000)).toBe(true);
  expect(mayReload(storage, 1_030_000)).toBe(false);
  expect(mayReload(storage, 1_100_000)).toBe(true);
});
