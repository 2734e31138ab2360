// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { Pipeline, Trial } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { trialsQuery } from '../api';
import { TrialsChart } from './TrialsChart';

const trial: Partial<Trial> = { id: 'a', number: 0, algorithm: 'knn', params: {}, state: 'succeeded', score: 0.4 };

afterEach(cleanup);

function chart(metric: Pipeline['metric']) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(trialsQuery('p').queryKey, [trial as Trial]);
  return renderTest(
    <QueryClientProvider client={client}>
      <TrialsChart pipeline={{ id: 'p', name: 'p', metric } as Pipeline} />
    </QueryClientProvider>,
  );
}

test('the title names the metric that the server uses, and none before it is known', async () => {
  await chart('log_loss');
  expect(screen.queryByText(/Perte logarithmique/)).not.toBeNull();
  cleanup();
  await chart('auto');
  expect(screen.queryByText(/Exactitude/)).toBeNull();
});
