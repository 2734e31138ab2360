import { Input, NumberInput, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { presets } from './draft';
import classes from './TrainForm.module.css';

const longest = 7 * 24 * 3600;

interface Props {
  seconds: number;
  onChange: (seconds: number) => void;
}

/** How long it may take: three usual answers, or any number of seconds. */
export function BudgetField({ seconds, onChange }: Props) {
  const { t } = useTranslation('pipelines');
  const format = useFormat();
  const [custom, setCustom] = useState(() => !presets.some((preset) => preset === seconds));
  return (
    <Input.Wrapper
      label={t('budget.label')}
      labelElement="div"
      description={t('budget.hint')}
      inputWrapperOrder={['label', 'input', 'description']}
    >
      <SegmentedControl
        fullWidth
        size="xs"
        mt={4}
        mb={4}
        aria-label={t('budget.label')}
        value={custom ? 'custom' : String(seconds)}
        onChange={(value) => {
          setCustom(value === 'custom');
          if (value !== 'custom') onChange(Number(value));
        }}
        data={[
          ...presets.map((preset) => ({ value: String(preset), label: format.duration(preset) })),
          { value: 'custom', label: t('budget.custom') },
        ]}
      />
      {custom && (
        <NumberInput
          className={classes.custom}
          aria-label={t('budget.seconds')}
          suffix={` ${t('budget.unit')}`}
          min={1}
          max={longest}
          allowDecimal={false}
          value={seconds}
          onChange={(value) => {
            if (typeof value === 'number' && value >= 1) onChange(value);
          }}
        />
      )}
    </Input.Wrapper>
  );
}
