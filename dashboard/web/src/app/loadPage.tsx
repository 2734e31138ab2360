import { useEffect, useState, type ComponentType } from 'react';
import { LostPage } from './pages/LostPage';

export interface PageModule {
  Component: ComponentType;
}
type Load = () => Promise<PageModule>;

const waits = [300, 1_200];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Loads a page's chunk, and tries again after short breaks: a server that restarts is back in a moment. */
export async function loadWithPatience(load: Load, wait = pause): Promise<PageModule> {
  for (const ms of waits) {
    try {
      return await load();
    } catch {
      await wait(ms);
    }
  }
  return load();
}

const reloadedKey = 'microlearn.reloaded';
const reloadEveryMs = 60_000;

/** Whether to reload for a chunk that is gone: once, not again and again. */
export function mayReload(storage: Pick<Storage, 'getItem' | 'setItem'>, now: number): boolean {
  const last = Number(storage.getItem(reloadedKey) ?? 0);
  if (now - last < reloadEveryMs) return false;
  storage.setItem(reloadedKey, String(now));
  return true;
}

async function serverAnswers(): Promise<boolean> {
  try {
    const { status } = await fetch('/api/v1/auth/config', { cache: 'no-store' });
    return status < 500;
  } catch {
    return false;
  }
}

/**
 * What the router shows for a page. The router keeps a failed import for ever, so a failure becomes a
 * page of its own, which asks again: the server was away, or a new release has other chunks.
 */
export async function loadPage(load: Load): Promise<PageModule> {
  try {
    return { Component: (await loadWithPatience(load)).Component };
  } catch {
    return { Component: retryable(load) };
  }
}

function retryable(load: Load): ComponentType {
  let loaded: ComponentType | null = null;
  return function Page() {
    const [Loaded, setLoaded] = useState<ComponentType | null>(() => loaded);
    const [busy, setBusy] = useState(false);
    const missing = Loaded === null;
    // The server is there but the chunk is not: it belonged to an earlier release.
    useEffect(() => {
      if (!missing) return;
      void serverAnswers().then((there) => {
        if (there && mayReload(sessionStorage, Date.now())) window.location.reload();
      });
    }, [missing]);
    const retry = async (): Promise<void> => {
      setBusy(true);
      try {
        loaded = (await load()).Component;
        setLoaded(() => loaded);
      } catch {
        // Some browsers remember a failed import; only a reload asks again.
        if (await serverAnswers()) window.location.reload();
      }
      setBusy(false);
    };
    return Loaded === null ? <LostPage busy={busy} onRetry={() => void retry()} /> : <Loaded />;
  };
}
