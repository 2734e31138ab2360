import type { Formatter } from '@/shared/format/format';
import { withoutNoise } from '@/shared/format/numberText';
import type { PredictionRecord, Scalar, SchemaColumn } from '@/shared/api/types';

/** What stands in the form, as typed; nothing is an empty string. */
export type FormValues = Record<string, string>;

/** How the reader's language writes numbers in a field. */
export type Numbers = Pick<Formatter, 'field' | 'parse'>;

export const initialValues = (columns: SchemaColumn[], numbers: Numbers): FormValues =>
  Object.fromEntries(columns.map(({ name, example }) => [name, toField(example, numbers)]));

const toField = (example: Scalar, numbers: Numbers): string => {
  if (example === null) return '';
  return typeof example === 'number' ? numbers.field(example) : String(example);
};

/** A field's number; null where the field is empty or says none. */
export const numberIn = (text: string, numbers: Numbers): number | null =>
  text.trim() === '' ? null : numbers.parse(text);

/** Whether what stands in a numeric field cannot be read. */
export const isUnreadable = ({ kind }: SchemaColumn, text: string, numbers: Numbers): boolean =>
  kind === 'numeric' && text.trim() !== '' && numbers.parse(text) === null;

/** Whether the number lies outside of those that the model learned from. */
export function isOutside({ kind, min, max }: SchemaColumn, text: string, numbers: Numbers): boolean {
  const value = kind === 'numeric' ? numberIn(text, numbers) : null;
  if (value === null) return false;
  return (typeof min === 'number' && value < min) || (typeof max === 'number' && value > max);
}

/** The body of the call. An empty field means missing: it is left out where it may be, and `null` elsewhere. */
export function toRecord(values: FormValues, columns: SchemaColumn[], numbers: Numbers): PredictionRecord {
  const record: PredictionRecord = {};
  for (const { name, kind, required } of columns) {
    const text = values[name] ?? '';
    const value = kind === 'numeric' ? numberIn(text, numbers) : text;
    if (value !== null && value !== '') record[name] = value;
    else if (required) record[name] = null;
  }
  return record;
}

/** A row for the snippets: the schema's examples, and `null` in a required column that has none. */
export const exampleRecord = (columns: SchemaColumn[]): PredictionRecord =>
  Object.fromEntries(
    columns
      .filter(({ example, required }) => required || example !== null)
      .map(({ name, example }) => [name, typeof example === 'number' ? withoutNoise(example) : example]),
  );
