import type { LeaderboardRow, Message } from '@/shared/api/types';

/** Ranked rows first, in order; models that are not evaluated yet follow. */
export const inOrder = (rows: LeaderboardRow[]): LeaderboardRow[] =>
  [...rows].sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity));

/**
 * What a row says of itself beside the first one: the difference may be chance, it is the better one
 * on the test rows, or nobody has compared the two and their intervals overlap.
 */
export type Comparison = 'noise' | 'better' | 'overlap';

const told: Record<string, Comparison | null> = {
  'evaluate.wins': null,
  'evaluate.within_noise': 'noise',
  'evaluate.loses': 'better',
};

/**
 * Compares a row with the first one. The evaluation's verdict scores both models on the same rows,
 * so it finds differences that two intervals side by side hide; of a model that it does not name,
 * the intervals are all that is known, and that they overlap proves nothing.
 */
export function compare(
  row: LeaderboardRow,
  first: LeaderboardRow | undefined,
  verdict: Message | null | undefined,
): Comparison | null {
  if (first === undefined || row === first) return null;
  const judged = judges(verdict, first, row) ? told[verdict.code] : undefined;
  if (judged !== undefined) return judged;
  if (row.test_ci === null || first.test_ci === null) return null;
  const [lo, hi] = row.test_ci;
  const [firstLo, firstHi] = first.test_ci;
  return lo <= firstHi && firstLo <= hi ? 'overlap' : null;
}

/** A pipeline has one model of each algorithm, so an algorithm names its row. */
const judges = (
  verdict: Message | null | undefined,
  first: LeaderboardRow,
  second: LeaderboardRow,
): verdict is Message => verdict?.params.first === first.algorithm && verdict.params.second === second.algorithm;
