import { useSearchParams } from 'react-router';
import { auditOutcomes } from '@/shared/api/types';
import { useUrlState, useUrlText } from '@/shared/lib/useUrlState';
import type { Filter } from './api';
import { beginOf } from './period';
import { actions } from './words';

const names = ['actor', 'action', 'outcome', 'since', 'until'];

/** What is looked for, kept in the address; `asked` is that in the words of the API. */
export function useFilter() {
  const [params, setParams] = useSearchParams();
  const [actor, setActor] = useUrlText('actor');
  const [action, setAction] = useUrlState('action', ['all', ...actions], 'all');
  const [outcome, setOutcome] = useUrlState('outcome', ['all', ...auditOutcomes], 'all');
  const [since, setSince] = useUrlText('since');
  const [until, setUntil] = useUrlText('until');
  const asked: Filter = {
    actor: actor === '' ? null : actor,
    action: action === 'all' ? null : action,
    outcome: outcome === 'all' ? null : outcome,
    since: beginOf(since),
    // The last day belongs to the period; the server's ends before its moment.
    until: beginOf(until, 1),
  };
  return {
    ...{ actor, setActor, action, setAction, outcome, setOutcome, since, setSince, until, setUntil, asked },
    active: names.some((name) => params.has(name)),
    reset: () => setParams({}, { replace: true, preventScrollReset: true }),
  };
}

export type FilterState = ReturnType<typeof useFilter>;
