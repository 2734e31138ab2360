/** What can have been done, as the server writes it. Another word of a newer server is shown as it came. */
export const actions = [
  'sign_in',
  'sign_out',
  'end_session',
  'authenticate',
  'change_password',
  'reset_password',
  'create',
  'import',
  'extend',
  'export',
  'see',
  'call',
  'change',
  'cancel',
  'retry',
  'delete',
  'deploy',
  'activate',
  'undeploy',
  'share',
  'unshare',
  'enrol_student',
  'enrol_teacher',
  'unenrol',
  'ask_for_roles',
  'approve_roles',
  'refuse_roles',
] as const;
export type Action = (typeof actions)[number];

export const actionOf = (text: string): Action | null => actions.find((action) => action === text) ?? null;

/** With what it can have been done. */
export const nouns = [
  'dataset',
  'pipeline',
  'model',
  'deployment',
  'upload',
  'course',
  'members',
  'quota',
  'user',
  'users',
  'role_request',
  'token',
  'session',
  'own',
  'site',
] as const;
export type Noun = (typeof nouns)[number];

/** Nouns whose things have a page. */
const pages: Partial<Record<Noun, string>> = {
  dataset: '/datasets',
  pipeline: '/pipelines',
  deployment: '/deployments',
  course: '/courses',
};

export interface Part {
  noun: Noun;
  /** Null where there is one of them only. */
  id: string | null;
  /** Its page. */
  to: string | null;
}

const alone = new Set<string>(['members', 'quota', 'users', 'own', 'site']);

/** `course/ID/user/ID` as its parts; null for what is no thing of ours, a path for example. */
export function partsOf(resource: string): Part[] | null {
  // Whose quota it is stands in one word: `quota/user:ID`.
  const words = resource.replace(/^quota\/(\w+):/, 'quota/$1/').split('/');
  const parts: Part[] = [];
  while (words.length > 0) {
    const word = words.shift();
    const noun = nouns.find((one) => one === word);
    if (noun === undefined) return null;
    const id = alone.has(noun) ? null : (words.shift() ?? null);
    const page = pages[noun];
    parts.push({ noun, id, to: page === undefined || id === null ? null : `${page}/${encodeURIComponent(id)}` });
  }
  return parts;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Ids of the same minute begin alike, so the end of one tells it apart. */
export const shortId = (id: string): string => (uuid.test(id) ? `…${id.slice(-8)}` : id);
