import type { Quota } from '@/shared/api/types';
import type { Formatter } from '@/shared/format/format';
import { measures, type Measure } from './measures';

/** One of what the fields count in, as the server counts: hours in seconds, gigabytes in bytes. */
const units: Record<Measure, number> = { work_seconds: 3_600, storage_bytes: 1e9, pipelines: 1, predictions: 1 };

/** The greatest that the server takes. */
const most: Record<Measure, number> = {
  work_seconds: Number.MAX_SAFE_INTEGER,
  storage_bytes: Number.MAX_SAFE_INTEGER,
  pipelines: 2 ** 32 - 1,
  predictions: 2 ** 32 - 1,
};

/** Whether there are no halves of it. */
export const isCount = (measure: Measure): boolean => units[measure] === 1;

/** What the fields hold, as it was typed. */
export type QuotaDraft = Record<Measure, string>;

export const inField = (measure: Measure, value: number): number => value / units[measure];

/** What was granted; the rest is empty. */
export function draftOf(granted: Quota, format: Formatter): QuotaDraft {
  const text = (measure: Measure): string => {
    const value = granted[measure] ?? null;
    return value === null ? '' : format.field(inField(measure, value));
  };
  return Object.fromEntries(measures.map((measure) => [measure, text(measure)])) as QuotaDraft;
}

/** What a field says: undefined if it is empty, null if that is nothing that can be granted. */
function valueOf(measure: Measure, text: string, format: Formatter): number | null | undefined {
  if (text.trim() === '') return undefined;
  const number = format.parse(text);
  if (number === null || number < 0 || (isCount(measure) && !Number.isInteger(number))) return null;
  const value = Math.round(number * units[measure]);
  return value > most[measure] ? null : value;
}

export const isUnreadable = (measure: Measure, text: string, format: Formatter): boolean =>
  valueOf(measure, text, format) === null;

/** What is to be granted, or null while a field cannot be read. */
export function quotaOf(draft: QuotaDraft, format: Formatter): Quota | null {
  const quota: Quota = {};
  for (const measure of measures) {
    const value = valueOf(measure, draft[measure], format);
    if (value === null) return null;
    if (value !== undefined) quota[measure] = value;
  }
  return quota;
}
