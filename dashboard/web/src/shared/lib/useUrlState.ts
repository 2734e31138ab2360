import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/**
 * One choice of a page, kept in the address so that a link or a reload shows the same.
 * The default stays out of the address, and an unknown word counts as the default.
 */
export function useUrlState<T extends string>(name: string, allowed: readonly T[], initial: T): [T, (next: T) => void] {
  const [params, setParams] = useSearchParams();
  const raw = params.get(name);
  const value = allowed.find((word) => word === raw) ?? initial;
  const set = useCallback(
    (next: T) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === initial) after.delete(name);
          else after.set(name, next);
          return after;
        },
        { replace: true, preventScrollReset: true },
      );
    },
    [setParams, name, initial],
  );
  return [value, set];
}
