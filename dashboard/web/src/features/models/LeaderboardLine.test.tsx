// @vitest-environment jsdom
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { LeaderboardRow, Message } from '@/shared/api/types';
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

const second: LeaderboardRow = {
  ...row,
  model_id: 'b',
  algorithm: 'knn',
  rank: 2,
  chosen: false,
  test_ci: [0.88, 0.93],
};
const third: LeaderboardRow = { ...second, model_id: 'c', algorithm: 'linear', rank: 3 };
const worst: LeaderboardRow = { ...third, model_id: 'd', algorithm: 'svm', rank: 4, test_score: null, test_ci: null };

const verdict = (code: string): Message => ({
  code,
  params: { first: 'gbdt', second: 'knn', metric: 'accuracy', difference: 0.02, lo: 0.01, hi: 0.03 },
  text: 'x',
});

/** Of each row: which of our words about it stand in it. */
async function badges(said: Message | null) {
  await renderTest(
    <table>
      <tbody>
        {[row, second, third, worst].map((each) => (
          <LeaderboardLine key={each.model_id} row={each} first={row} verdict={said} action={null} />
        ))}
      </tbody>
    </table>,
  );
  const words = ['choisi', 'écart peut-être dû au hasard', 'meilleur sur le test', 'les intervalles se recouvrent'];
  return screen
    .getAllByTestId('leaderboard-row')
    .map((line) => words.filter((word) => line.textContent.includes(word)));
}

const overlap = 'les intervalles se recouvrent';

test('without a verdict, rows whose intervals overlap say that and no more', async () => {
  expect(await badges(null)).toEqual([['choisi'], [overlap], [overlap], []]);
});

test('a first model that wins by more than chance is not called into question', async () => {
  expect(await badges(verdict('evaluate.wins'))).toEqual([['choisi'], [], [overlap], []]);
});

test('a difference that may be chance is said of the model that was compared, with the verdict to read', async () => {
  expect(await badges(verdict('evaluate.within_noise'))).toEqual([
    ['choisi'],
    ['écart peut-être dû au hasard'],
    [overlap],
    [],
  ]);
  act(() => screen.getByText('écart peut-être dû au hasard').focus());
  expect((await screen.findByRole('tooltip')).textContent).toContain('se valent');
});

test('a second model that does better on the test rows says so', async () => {
  expect(await badges(verdict('evaluate.loses'))).toEqual([['choisi'], ['meilleur sur le test'], [overlap], []]);
});

test('a model that lacks folds says how many it has', async () => {
  const short: LeaderboardRow = { ...row, folds: { done: 2, of: 5 } };
  const older: LeaderboardRow = { ...row, folds: null };
  await renderTest(
    <table>
      <tbody>
        {[row, short, older].map((each, index) => (
          <LeaderboardLine key={index} row={each} first={row} verdict={null} action={null} />
        ))}
      </tbody>
    </table>,
  );
  const told = screen.getAllByTestId('leaderboard-row').map((line) => line.textContent.includes('2 plis sur 5'));
  expect(told).toEqual([false, true, false]);
});

test('a mixture says why it stands first though its measure may look worse', async () => {
  const mixture: LeaderboardRow = { ...row, algorithm: 'ensemble' };
  await renderTest(
    <table>
      <tbody>
        {[mixture, second].map((each) => (
          <LeaderboardLine key={each.model_id} row={each} first={mixture} verdict={null} action={null} />
        ))}
      </tbody>
    </table>,
  );
  act(() => screen.getByText('mesure plus sévère').focus());
  expect((await screen.findByRole('tooltip')).textContent).toContain('sans les lignes qui le jugent');
});
