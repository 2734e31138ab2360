import { serverNow } from '@/shared/lib/serverClock';

/**
 * A stream that begins at the first event tells the whole past again. What was fetched at a moment
 * already holds every earlier event, so those must not turn a finished stage back into a running one.
 */
const asOf = new Map<string, number>();

/** Remembers when `fetch` was begun, on the server's clock (never later than the truth). */
export async function markFresh<T>(id: string, fetch: () => Promise<T>): Promise<T> {
  const begun = serverNow();
  const result = await fetch();
  asOf.set(id, begun);
  return result;
}

/** Whether an event of time `at` may still be news; if so, older ones no longer are. */
export function isNews(id: string, at: string): boolean {
  const time = Date.parse(at);
  if (time < (asOf.get(id) ?? -Infinity)) return false;
  asOf.set(id, time);
  return true;
}
