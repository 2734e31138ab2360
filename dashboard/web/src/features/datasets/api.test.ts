import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applyDatasetEvent, datasetQuery, previewQuery, profileQuery } from './api';

/** What the server was asked for, and the version that it uses meanwhile. */
let asked: string[];
let version: number;

const fetched = (url: string): Promise<Response> => {
  asked.push(url.replace('/api/v1/datasets/', ''));
  return Promise.resolve(Response.json({ id: 'd', version }));
};

beforeEach(() => {
  asked = [];
  version = 1;
  vi.stubGlobal('fetch', fetched);
});
afterEach(() => vi.unstubAllGlobals());

/** A page that shows the first version. */
async function open() {
  const client = new QueryClient();
  const profile = profileQuery('d', 1, true);
  new QueryObserver(client, datasetQuery('d')).subscribe(() => undefined);
  new QueryObserver(client, profile).subscribe(() => undefined);
  new QueryObserver(client, previewQuery('d', 1, true)).subscribe(() => undefined);
  await vi.waitFor(() => expect(client.isFetching()).toBe(0));
  expect(asked).toEqual(['d', 'd/profile', 'd/preview?rows=100']);
  asked = [];
  return { client, profile };
}

test('what was found in one version is not taken from the next one', async () => {
  const { client, profile } = await open();
  version = 2;
  applyDatasetEvent(client, { kind: 'dataset', dataset_id: 'd', state: 'ready' });
  await vi.waitFor(() => expect(client.getQueryData(datasetQuery('d').queryKey)?.version).toBe(2));
  expect(asked).toEqual(['d']);
  expect(client.getQueryData(profile.queryKey)).toMatchObject({ version: 1 });
});

test('nor when everything is asked for again, after a break of the line', async () => {
  const { client, profile } = await open();
  version = 2;
  await client.invalidateQueries();
  expect(asked).toEqual(['d']);
  expect(client.getQueryData(profile.queryKey)).toMatchObject({ version: 1 });
});
