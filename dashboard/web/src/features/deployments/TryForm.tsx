import { Button, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeploymentSchema, PredictionRecord, SchemaColumn } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { initialValues, toRecord } from './record';
import classes from './TryForm.module.css';

interface Props {
  schema: DeploymentSchema;
  pending: boolean;
  onSubmit: (record: PredictionRecord) => void;
}

/** One field a column, filled with a real row so that the first press already answers. */
export function TryForm({ schema, pending, onSubmit }: Props) {
  const { t } = useTranslation('deployments');
  const [values, setValues] = useState(() => initialValues(schema.columns));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    onSubmit(toRecord(values, schema.columns));
  };
  return (
    <form onSubmit={submit} aria-label={t('try.title')} data-testid="try-form">
      <div className={classes.grid}>
        {schema.columns.map((column) => (
          <Field
            key={column.name}
            column={column}
            value={values[column.name] ?? ''}
            onChange={(value) => setValues((before) => ({ ...before, [column.name]: value }))}
          />
        ))}
      </div>
      <Group mt="md" gap="xs">
        <Button type="submit" loading={pending} leftSection={<IconSparkles size={17} />}>
          {t('try.submit')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => setValues(initialValues(schema.columns))}>
          {t('try.reset')}
        </Button>
      </Group>
    </form>
  );
}

interface FieldProps {
  column: SchemaColumn;
  value: string | number;
  onChange: (value: string | number) => void;
}

function Field({ column, value, onChange }: FieldProps) {
  const { t } = useTranslation('deployments');
  const format = useFormat();
  const { name, kind, required, levels, min, max } = column;
  const common = { label: name, required, withAsterisk: false, placeholder: required ? undefined : t('try.optional') };
  if (kind === 'numeric') {
    const range =
      typeof min === 'number' && typeof max === 'number'
        ? t('try.range', { min: format.number(min), max: format.number(max) })
        : undefined;
    return (
      <NumberInput
        {...common}
        description={range}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={value}
        onChange={onChange}
        allowedDecimalSeparators={['.', ',']}
        hideControls
      />
    );
  }
  const choices = levels ?? (kind === 'boolean' ? ['true', 'false'] : null);
  if (choices !== null && choices.length > 0) {
    return (
      <Select
        {...common}
        data={choices}
        value={value === '' ? null : String(value)}
        onChange={(next) => onChange(next ?? '')}
        searchable={choices.length > 8}
        clearable={!required}
        clearButtonProps={{ 'aria-label': t('try.clear', { name }) }}
        allowDeselect={false}
      />
    );
  }
  return <TextInput {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
