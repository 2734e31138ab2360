import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/shared/api/http';
import { useIntent } from '@/shared/api/intent';
import type { Course, CourseMember, CourseRole, Page } from '@/shared/api/types';

export const courseKeys = {
  all: ['courses'] as const,
  lists: ['courses', 'list'] as const,
  one: (id: string) => ['courses', 'one', id] as const,
  members: (id: string) => ['courses', 'members', id] as const,
};

export const coursesQuery = infiniteQueryOptions({
  queryKey: courseKeys.lists,
  queryFn: ({ pageParam, signal }) =>
    api<Page<Course>>('/courses', { query: { limit: 50, cursor: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** All of one's courses, to choose one from. */
export const courseChoiceQuery = queryOptions({
  queryKey: [...courseKeys.all, 'choice'],
  queryFn: async ({ signal }) => {
    const courses: Course[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Course> = await api('/courses', { query: { limit: 200, cursor }, signal });
      courses.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return courses;
  },
});

export const courseQuery = (id: string) =>
  queryOptions({
    queryKey: courseKeys.one(id),
    queryFn: ({ signal }) => api<Course>(`/courses/${id}`, { signal }),
  });

export const membersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: courseKeys.members(id),
    queryFn: ({ pageParam, signal }) =>
      api<Page<CourseMember>>(`/courses/${id}/members`, { query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export interface CourseWords {
  code: string;
  title: string;
}

/** Makes a course, or gives one other words. */
export function useSaveCourse(course: Course | null) {
  const client = useQueryClient();
  const intent = useIntent();
  return useMutation({
    mutationFn: (body: CourseWords) =>
      course === null
        ? intent.run(body, (idempotencyKey) => api<Course>('/courses', { method: 'POST', body, idempotencyKey }))
        : api<Course>(`/courses/${course.id}`, { method: 'PUT', body }),
    onSuccess: (saved) => {
      client.setQueryData(courseKeys.one(saved.id), saved);
      return client.invalidateQueries({ queryKey: courseKeys.all });
    },
  });
}

const memberPath = (id: string, username: string): string => `/courses/${id}/members/${encodeURIComponent(username)}`;

export interface Enrolment {
  username: string;
  role: CourseRole;
}

/** Makes somebody a member, or a member as something else. */
export function useEnrol(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ username, role }: Enrolment) =>
      api<CourseMember>(memberPath(id, username), { method: 'PUT', body: { role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: courseKeys.all }),
  });
}

export function useUnenrol(id: string, done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (username: string) => api<null>(memberPath(id, username), { method: 'DELETE' }),
    onSuccess: () => {
      done();
      return client.invalidateQueries({ queryKey: courseKeys.all });
    },
  });
}
