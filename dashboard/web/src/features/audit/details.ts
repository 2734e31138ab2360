type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface Change {
  field: string;
  before: string;
  after: string;
}

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Field by field what was before and what is now; null where the details tell something else. */
export function changesOf(details: Fields | null): Change[] | null {
  if (details === null || !('before' in details && 'after' in details)) return null;
  const before = isFields(details.before) ? details.before : {};
  const after = isFields(details.after) ? details.after : {};
  const fields = Array.from(new Set([...Object.keys(before), ...Object.keys(after)]));
  return fields.map((field) => ({ field, before: textOf(before[field]), after: textOf(after[field]) }));
}

/** What a refusal tells besides its code. */
export const restOf = (details: Fields | null): [string, string][] =>
  Object.entries(details ?? {})
    .filter(([name]) => name !== 'code')
    .map(([name, value]) => [name, textOf(value)]);

/** The code of the refusal that they tell of. */
export const codeOf = (details: Fields | null): string | null =>
  typeof details?.code === 'string' && !('before' in details) ? details.code : null;
