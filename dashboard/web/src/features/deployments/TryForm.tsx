import { Autocomplete, Button, Select, TextInput, type ComboboxItem, type OptionsFilter } from '@mantine/core';
import { IconSearch, IconSparkles } from '@tabler/icons-react';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { DeploymentSchema, PredictionRecord, SchemaColumn } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { matches } from '@/shared/lib/matches';
import { initialValues, isOutside, isUnreadable, toRecord, type FormValues } from './record';
import type { Refusal } from './refusal';
import classes from './TryForm.module.css';

interface Props {
  schema: DeploymentSchema;
  pending: boolean;
  /** What the server could not read: another object for each refusal. */
  refused?: Refusal | null;
  onChange?: (record: PredictionRecord) => void;
  onSubmit: (record: PredictionRecord) => void;
}

/** From so many fields on they can be searched. */
const manyFields = 30;
/** Up to so many levels are a closed list; among more, and among texts, a new value is nothing unusual. */
const fewLevels = 8;
const shownLevels = 100;

const focusInvalid = (form: HTMLFormElement | null): void =>
  form?.querySelector<HTMLInputElement>('[aria-invalid="true"]')?.focus();

/** One field a column, filled with usual values so that the first press already answers. */
export function TryForm({ schema, pending, refused = null, onChange, onSubmit }: Props) {
  const { t } = useTranslation('deployments');
  const format = useFormat();
  const { columns } = schema;
  const [values, setValues] = useState(() => initialValues(columns, format));
  const [search, setSearch] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const [told, setTold] = useState(refused);
  if (refused !== told) {
    setTold(refused);
    // The search must not hide the field that is spoken of.
    if (refused !== null) setSearch('');
  }
  useEffect(() => {
    if (refused !== null) focusInvalid(form.current);
  }, [refused]);
  const change = (next: FormValues): void => {
    setValues(next);
    onChange?.(toRecord(next, columns, format));
  };
  const unreadable = columns.filter((column) => isUnreadable(column, values[column.name] ?? '', format));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (unreadable.length === 0) {
      onSubmit(toRecord(values, columns, format));
      return;
    }
    // A field that the search hid is there to be focused only after this.
    flushSync(() => setSearch(''));
    focusInvalid(form.current);
  };
  const shown = columns.filter(({ name }) => matches(name, search));
  return (
    <form ref={form} onSubmit={submit} aria-label={t('try.title')} data-testid="try-form">
      {columns.length > manyFields && (
        <TextInput
          type="search"
          className={classes.search}
          aria-label={t('try.search')}
          placeholder={t('try.search')}
          leftSection={<IconSearch size={15} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          // Enter looks for a column; it does not predict.
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault();
          }}
        />
      )}
      <div className={classes.grid}>
        {shown.map((column) => (
          <Field
            key={column.name}
            column={column}
            value={values[column.name] ?? ''}
            refused={refused?.column === column.name ? refused : null}
            onChange={(value) => change({ ...values, [column.name]: value })}
          />
        ))}
      </div>
      {shown.length === 0 && <p className="muted">{t('try.noColumn')}</p>}
      <div className={classes.bar}>
        <Button type="submit" loading={pending} leftSection={<IconSparkles size={17} />}>
          {t('try.submit')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => change(initialValues(columns, format))}>
          {t('try.reset')}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  column: SchemaColumn;
  value: string;
  refused: Refusal | null;
  onChange: (value: string) => void;
}

/** All levels while the field holds one of them, else those that contain what was typed. */
const levelsFor: OptionsFilter = ({ options, search, limit }) => {
  const items = options as ComboboxItem[];
  const exact = items.some(({ value }) => value === search);
  return (exact ? items : items.filter(({ label }) => matches(label, search))).slice(0, limit);
};

function Field({ column, value, refused, onChange }: FieldProps) {
  const { t } = useTranslation('deployments');
  const format = useFormat();
  const { name, kind, required, levels, min, max } = column;
  const common = {
    label: name,
    required,
    withAsterisk: false,
    placeholder: required ? undefined : t('try.optional'),
    error: refused === null ? undefined : t(`try.not.${refused.reason}`, { value: refused.value }),
  };
  if (kind === 'numeric') {
    const range =
      typeof min === 'number' && typeof max === 'number'
        ? { min: format.number(min), max: format.number(max) }
        : undefined;
    const outside = range !== undefined && isOutside(column, value, format);
    return (
      <TextInput
        {...common}
        inputMode="decimal"
        autoComplete="off"
        error={isUnreadable(column, value, format) ? t('try.notNumber', { text: value.trim() }) : common.error}
        description={
          range === undefined ? undefined : (
            <span className={outside ? classes.outside : undefined}>
              {t(outside ? 'try.outside' : 'try.range', range)}
            </span>
          )
        }
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  const choices = levels ?? (kind === 'boolean' ? ['true', 'false'] : []);
  if (kind !== 'boolean' && choices.length > 0 && (kind === 'text' || choices.length > fewLevels)) {
    return (
      <Autocomplete
        {...common}
        data={Array.from(new Set(choices))}
        filter={levelsFor}
        limit={shownLevels}
        maxDropdownHeight={240}
        value={value}
        onChange={onChange}
      />
    );
  }
  if (choices.length > 0) {
    return (
      <Select
        {...common}
        data={choices}
        value={value === '' ? null : value}
        onChange={(next) => onChange(next ?? '')}
        clearable={!required}
        clearButtonProps={{ 'aria-label': t('try.clear', { name }) }}
        allowDeselect={false}
      />
    );
  }
  return <TextInput {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
