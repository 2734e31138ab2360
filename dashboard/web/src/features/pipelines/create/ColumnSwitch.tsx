import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ColumnProfile } from '@/shared/api/types';
import classes from './ColumnSwitch.module.css';
import { isGroup, isLeftOut, withColumn, type Draft } from './draft';

interface Props {
  column: ColumnProfile;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** On a column's card: whether the models may learn from it. The target has no choice, nor has a group. */
export function ColumnSwitch({ column, draft, onChange }: Props) {
  const { t } = useTranslation('pipelines');
  if (column.name === draft.target) return <span className={classes.target}>{t('train.isTarget')}</span>;
  return (
    <Checkbox
      size="xs"
      aria-label={t('train.use', { name: column.name })}
      checked={!isLeftOut(draft, column)}
      disabled={isGroup(draft, column)}
      onChange={(event) => onChange(withColumn(draft, column.name, event.currentTarget.checked))}
    />
  );
}
