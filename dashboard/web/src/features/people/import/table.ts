import type { ImportOutcome, ImportReport, ImportRow } from '@/shared/api/types';
import { toCsv } from '@/shared/chart/exportChart';
import { byteOrderMark, safeCell } from '@/shared/lib/spreadsheet';

export interface TableFile {
  name: string;
  text: string;
  /** It is no UTF-8, and was read as what spreadsheets on Windows write. */
  old: boolean;
}

/** The text of a file, whatever spreadsheet wrote it. */
export async function readTable(file: File): Promise<TableFile> {
  const bytes = await file.arrayBuffer();
  try {
    return { name: file.name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), old: false };
  } catch {
    return { name: file.name, text: new TextDecoder('windows-1252').decode(bytes), old: true };
  }
}

/** A table to begin with. Semicolons, because spreadsheets in French write and expect them. */
export const example =
  byteOrderMark + 'username;display_name;role;courses\r\nada;Ada Lovelace;student;INF-201\r\nturing;;teacher;\r\n';

export const countOf = ({ rows }: ImportReport, outcome: ImportOutcome): number =>
  rows.filter((row) => row.outcome === outcome).length;

/** What needs a hand first, and each in the order of the file. */
export const inOrder = (rows: ImportRow[]): ImportRow[] =>
  [...rows].sort((a, b) => Number(b.outcome === 'failed') - Number(a.outcome === 'failed') || a.row - b.row);

export type NewAccount = ImportRow & { password: string };
export const newAccounts = ({ rows }: ImportReport): NewAccount[] =>
  rows.filter((row): row is NewAccount => row.password !== null);

/** The new accounts with their passwords, for a spreadsheet. */
export const passwordsCsv = (accounts: NewAccount[]): string =>
  byteOrderMark +
  toCsv({
    head: ['username', 'password'],
    rows: accounts.map(({ username, password }) => [safeCell(username), safeCell(password)]),
  });

/** Whether a cell of that file begins with an apostrophe that is no part of it. */
export const isGuarded = ({ username, password }: NewAccount): boolean =>
  safeCell(username) !== username || safeCell(password) !== password;
