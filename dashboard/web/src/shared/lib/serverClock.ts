/**
 * Bars that are still open grow to the server's now, not to this machine's: a class room's clocks
 * are often minutes off. Each time that the server states lies before the moment we read it, so
 * the largest difference seen is the best estimate and never runs ahead of the server.
 */
let offset: number | null = null;

export function observeServerTime(stated: string, localNow: number = Date.now()): void {
  const at = Date.parse(stated);
  if (Number.isNaN(at)) return;
  const difference = at - localNow;
  offset = offset === null ? difference : Math.max(offset, difference);
}

/** Milliseconds since the epoch on the server, as near as we know. */
export const serverNow = (localNow: number = Date.now()): number => localNow + (offset ?? 0);

export function resetServerClock(): void {
  offset = null;
}
