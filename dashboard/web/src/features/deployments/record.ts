import type { PredictionRecord, Scalar, SchemaColumn } from '@/shared/api/types';

/** What stands in the form: text as typed, numbers as numbers, nothing as an empty string. */
export type FormValues = Record<string, string | number>;

export const initialValues = (columns: SchemaColumn[]): FormValues =>
  Object.fromEntries(columns.map((column) => [column.name, toField(column.example, column.kind)]));

const toField = (example: Scalar, kind: SchemaColumn['kind']): string | number => {
  if (example === null) return '';
  return kind === 'numeric' && typeof example === 'number' ? example : String(example);
};

/** The body of the call. An empty field means missing: it is left out, as the contract allows. */
export function toRecord(values: FormValues, columns: SchemaColumn[]): PredictionRecord {
  const record: PredictionRecord = {};
  for (const { name } of columns) {
    const value = values[name];
    if (value !== undefined && value !== '') record[name] = value;
  }
  return record;
}

/** A real row for the snippets: the schema's examples, without the columns that have none. */
export const exampleRecord = (columns: SchemaColumn[]): PredictionRecord =>
  Object.fromEntries(columns.filter(({ example }) => example !== null).map(({ name, example }) => [name, example]));
