import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** A word of the address, and how to change it. Nothing stands for the word `absent`. */
function useParam(name: string, absent: string): [string | null, (next: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (next: string) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === absent) after.delete(name);
          else after.set(name, next);
          return after;
        },
        { replace: true, preventScrollReset: true },
      );
    },
    [setParams, name, absent],
  );
  return [params.get(name), set];
}

/**
 * One choice of a page, kept in the address so that a link or a reload shows the same.
 * The default stays out of the address, and an unknown word counts as the default.
 */
export function useUrlState<T extends string>(name: string, allowed: readonly T[], initial: T): [T, (next: T) => void] {
  const [raw, set] = useParam(name, initial);
  return [allowed.find((word) => word === raw) ?? initial, set];
}

/** A text of a page that people write themselves, kept in the address; empty where there is none. */
export function useUrlText(name: string): [string, (next: string) => void] {
  const [raw, set] = useParam(name, '');
  return [raw ?? '', set];
}
