import type { QueryClient, QueryKey } from '@tanstack/react-query';

const waiting = new Map<string, ReturnType<typeof setTimeout>>();

/**
 * Asks again for what `key` names, at most once in `delayMs` however many events arrive meanwhile.
 * The first event starts the wait and later ones join it, so a steady stream still refreshes.
 */
export function invalidateSoon(client: QueryClient, key: QueryKey, delayMs: number): void {
  const name = JSON.stringify(key);
  if (waiting.has(name)) return;
  waiting.set(
    name,
    setTimeout(() => {
      waiting.delete(name);
      void client.invalidateQueries({ queryKey: key });
    }, delayMs),
  );
}
