import { useEffect, useState } from 'react';
import { serverNow } from './serverClock';

/** The server's now, renewed while something is running. It moves bars; it never asks the server. */
export function useNow(active: boolean, everyMs = 500): number {
  const [now, setNow] = useState(() => serverNow());
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [active, everyMs]);
  return now;
}
