import type { PipelineEvent } from '@/shared/api/types';
import { serverNow } from '@/shared/lib/serverClock';

interface Known {
  /** When the newest answer was asked for, on the server's clock. */
  askedAt: number;
  lastSeq: number;
}

const known = new Map<string, Known>();
const of = (id: string): Known => known.get(id) ?? { askedAt: -Infinity, lastSeq: 0 };

/** An event is stamped before it is committed, perhaps on a machine whose clock is a little off. */
const toleranceMs = 5_000;

/** Remembers when `fetch` was begun, on the server's clock (never later than the truth). */
export async function markFresh<T>(id: string, fetch: () => Promise<T>): Promise<T> {
  const askedAt = serverNow();
  const result = await fetch();
  known.set(id, { ...of(id), askedAt });
  return result;
}

/**
 * Whether an event may change what is shown. The two lines to the server tell it twice, and a
 * stream that begins at the first event tells the whole past again: what was fetched since holds
 * that already, and it must not turn a finished stage back into a running one.
 */
export function isNews({ pipeline_id: id, seq, at }: PipelineEvent): boolean {
  const { askedAt, lastSeq } = of(id);
  if (seq <= lastSeq) return false;
  known.set(id, { askedAt, lastSeq: seq });
  return Date.parse(at) >= askedAt - toleranceMs;
}
