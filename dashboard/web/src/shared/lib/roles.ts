import type { Me } from '../api/types';

type WithRoles = Pick<Me, 'roles'>;

export const isAdmin = ({ roles }: WithRoles): boolean => roles.includes('admin');

/** Whether they may make courses. What they may do in one, the course itself says. */
export const mayMakeCourses = ({ roles }: WithRoles): boolean => roles.includes('teacher') || roles.includes('admin');
