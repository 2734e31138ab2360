import type { LeaderboardRow } from '@/shared/api/types';

/** Ranked rows first, in order; models that are not evaluated yet follow. */
export const inOrder = (rows: LeaderboardRow[]): LeaderboardRow[] =>
  [...rows].sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity));

/**
 * Whether a model's test interval overlaps the first one's: on these rows nobody can say that the
 * first is better. The first itself is not compared.
 */
export function withinNoise(row: LeaderboardRow, first: LeaderboardRow | undefined): boolean {
  if (first === undefined || row === first || row.test_ci === null || first.test_ci === null) return false;
  const [lo, hi] = row.test_ci;
  const [firstLo, firstHi] = first.test_ci;
  return lo <= firstHi && firstLo <= hi;
}
