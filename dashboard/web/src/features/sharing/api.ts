import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import type { Share, Shareable, ShareLevel } from '@/shared/api/types';

/** A thing that can be shared; of a deployment, `id` is its name. */
export interface Thing {
  noun: Shareable;
  id: string;
}

const path = ({ noun, id }: Thing): string => `/shares/${noun}/${encodeURIComponent(id)}`;
const key = ({ noun, id }: Thing) => ['shares', noun, id] as const;

export const sharesQuery = (thing: Thing) =>
  queryOptions({
    queryKey: key(thing),
    queryFn: async ({ signal }) => (await api<{ items: Share[] }>(path(thing), { signal })).items,
  });

export type ShareWish = ({ username: string } | { course_id: string }) & { level: ShareLevel };

/** Shared twice with the same it is shared once, as far as was said last: so it needs no intent. */
export function useShare(thing: Thing) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ShareWish) => api<Share>(path(thing), { method: 'POST', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: key(thing) }),
  });
}

export function useUnshare(thing: Thing) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (share: Share) => api<null>(`${path(thing)}/${encodeURIComponent(share.with)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: key(thing) }),
  });
}

/** The wish that names whom a share is with again; null for somebody who is gone. */
export function wishOf(share: Share, level: ShareLevel): ShareWish | null {
  const [kind, id = ''] = share.with.split(':');
  if (share.name === null) return null;
  return kind === 'course' ? { course_id: id, level } : { username: share.name, level };
}

export const isCourse = (share: Share): boolean => share.with.startsWith('course:');
