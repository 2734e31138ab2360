import type { AuditEntry } from '@/shared/api/types';
import { toCsv } from '@/shared/chart/exportChart';
import { byteOrderMark, safeCell } from '@/shared/lib/spreadsheet';

const columns = ['at', 'actor_name', 'actor_id', 'action', 'resource', 'outcome', 'address', 'details'] as const;

const cell = (entry: AuditEntry, column: (typeof columns)[number]): string => {
  const value = entry[column];
  if (value === null) return '';
  return safeCell(typeof value === 'string' ? value : JSON.stringify(value));
};

/** The entries under the API's own names, for a spreadsheet. */
export const auditCsv = (entries: AuditEntry[]): string =>
  byteOrderMark +
  toCsv({ head: [...columns], rows: entries.map((entry) => columns.map((column) => cell(entry, column))) });
