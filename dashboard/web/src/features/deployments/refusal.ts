import { ApiError } from '@/shared/api/errors';
import type { SchemaColumn } from '@/shared/api/types';

const reasons = {
  'prediction.not_a_number': 'number',
  'prediction.not_a_date': 'date',
  'prediction.not_a_scalar': 'scalar',
} as const;

export interface Refusal {
  column: string;
  reason: (typeof reasons)[keyof typeof reasons];
  /** As it stood in the form. */
  value: string;
}

/** The server quotes a text as JSON does, unless it has cut it. */
function unquoted(value: string): string {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' ? parsed : value;
  } catch {
    return value;
  }
}

/** Which field the server could not read. Its sentence counts rows, and a form has only one. */
export function refusalOf(error: unknown, columns: SchemaColumn[]): Refusal | null {
  if (!(error instanceof ApiError)) return null;
  const { code, field, details } = error.failure;
  const reason = code in reasons ? reasons[code as keyof typeof reasons] : undefined;
  const value = details?.value;
  const column = columns.find(({ name }) => name === field)?.name;
  if (reason === undefined || column === undefined || typeof value !== 'string') return null;
  return { column, reason, value: unquoted(value) };
}
