import type { Quota, QuotaAndUsage } from '@/shared/api/types';

/** What a quota counts, in the order in which it is shown. */
export const measures = [
  'work_seconds',
  'storage_bytes',
  'pipelines',
  'predictions',
] as const satisfies readonly (keyof Quota)[];
export type Measure = (typeof measures)[number];

export interface Reading {
  measure: Measure;
  /** Null for predictions: of them only the limit is known. */
  used: number | null;
  /** Null where there is none. */
  limit: number | null;
}

export const readingsOf = ({ quota, used }: QuotaAndUsage): Reading[] =>
  measures.map((measure) => ({
    measure,
    used: measure === 'predictions' ? null : used[measure],
    limit: quota[measure] ?? null,
  }));

export const hasLimit = ({ limit }: Reading): boolean => limit !== null;

/** How much of the limit is used, 1 for all of it; null where that cannot be said. */
export function shareOf({ used, limit }: Reading): number | null {
  if (used === null || limit === null) return null;
  return limit === 0 ? 1 : used / limit;
}

export type Level = 'fine' | 'near' | 'full';

export const levelOf = (share: number): Level => (share >= 1 ? 'full' : share >= 0.8 ? 'near' : 'fine');
