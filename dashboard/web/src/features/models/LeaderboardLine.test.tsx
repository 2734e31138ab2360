// @vitest-environment jsdom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { LeaderboardRow } from '@/shared/api/types';
import { renderTest } from '@/shared/lib/renderTest';
import { LeaderboardLine } from './LeaderboardLine';

afterEach(cleanup);

const row: LeaderboardRow = {
  model_id: 'a',
  algorithm: 'gbdt',
  algorithm_title: 'Arbres boostés',
  params: { eta: 0.1 },
  metric: 'accuracy',
  cv_score: 0.95,
  cv_std: 0.012,
  folds: { done: 5, of: 5 },
  test_score: 0.94,
  test_ci: [0.9, 0.97],
  fit_seconds: 2,
  predict_us_per_row: 3.2,
  bytes: 40_000,
  rank: 1,
  chosen: true,
};

test('the chosen model and those within noise say so in words', async () => {
  const second: LeaderboardRow = { ...row, model_id: 'b', rank: 2, chosen: false, test_ci: [0.88, 0.93] };
  const worst: LeaderboardRow = { ...row, model_id: 'c', rank: 3, chosen: false, test_score: null, test_ci: null };
  await renderTest(
    <table>
      <tbody>
        {[row, second, worst].map((each) => (
          <LeaderboardLine key={each.model_id} row={each} first={row} action={null} />
        ))}
      </tbody>
    </table>,
  );
  const badges = screen
    .getAllByTestId('leaderboard-row')
    .map((line) => [line.textContent.includes('choisi'), line.textContent.includes('pas nettement meilleur')]);
  expect(badges).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
});

test('a model that lacks folds says how many it has', async () => {
  const short: LeaderboardRow = { ...row, folds: { done: 2, of: 5 } };
  const older: LeaderboardRow = { ...row, folds: null };
  await renderTest(
    <table>
      <tbody>
        {[row, short, older].map((each, index) => (
          <LeaderboardLine key={index} row={each} first={row} action={null} />
        ))}
      </tbody>
    </table>,
  );
  const told = screen.getAllByTestId('leaderboard-row').map((line) => line.textContent.includes('2 plis sur 5'));
  expect(told).toEqual([false, true, false]);
});
