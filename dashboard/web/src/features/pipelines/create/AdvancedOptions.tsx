import { Collapse, NumberInput, Select, Stack, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeployMode, Profile, SplitKind, StageName } from '@/shared/api/types';
import { needsColumn, type Draft } from './draft';
import classes from './TrainForm.module.css';

interface Props {
  draft: Draft;
  profile: Profile;
  onChange: (part: Partial<Draft>) => void;
  opened: boolean;
  onToggle: () => void;
}

const splits: readonly SplitKind[] = ['auto', 'random', 'stratified', 'group', 'time'];
const stops: readonly StageName[] = ['prepare', 'select', 'optimise', 'train', 'evaluate'];
const modes: readonly DeployMode[] = ['auto', 'manual', 'threshold'];
const numberOrNull = (value: string | number): number | null => (typeof value === 'number' ? value : null);

/** For those who know why; the defaults are right for everyone else, so it stays folded. */
export function AdvancedOptions({ draft, profile, onChange, opened, onToggle }: Props) {
  const { t } = useTranslation('pipelines');
  const id = useId();
  return (
    <div>
      <UnstyledButton className={classes.toggle} aria-expanded={opened} aria-controls={id} onClick={onToggle}>
        <IconChevronRight size={15} aria-hidden />
        {t('advanced.title')}
      </UnstyledButton>
      <Collapse expanded={opened} id={id}>
        <Stack gap="sm" className={classes.advanced}>
          <TextInput
            label={t('advanced.name')}
            value={draft.name}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
          />
          <Select
            label={t('advanced.split')}
            description={t(`advanced.splitHint.${draft.splitKind}`)}
            allowDeselect={false}
            value={draft.splitKind}
            data={splits.map((value) => ({ value, label: t(`advanced.splits.${value}`) }))}
            onChange={(value) => onChange({ splitKind: splits.find((kind) => kind === value) ?? 'auto' })}
          />
          {needsColumn(draft.splitKind) && (
            <Select
              label={t('advanced.splitColumn')}
              required
              searchable
              value={draft.splitColumn}
              data={profile.columns.map((column) => column.name)}
              onChange={(splitColumn) => onChange({ splitColumn })}
            />
          )}
          <div className={classes.pair}>
            <NumberInput
              label={t('advanced.test')}
              suffix=" %"
              min={5}
              max={50}
              step={5}
              value={Math.round(draft.testFraction * 100)}
              onChange={(value) => onChange({ testFraction: (numberOrNull(value) ?? 20) / 100 })}
            />
            <NumberInput
              label={t('advanced.seed')}
              placeholder="0"
              min={0}
              allowDecimal={false}
              value={draft.seed ?? ''}
              onChange={(value) => onChange({ seed: numberOrNull(value) })}
            />
          </div>
          <Select
            label={t('advanced.stop')}
            placeholder={t('advanced.stopNever')}
            clearable
            value={draft.stopAfter}
            data={stops.map((value) => ({ value, label: t(`stage.${value}`) }))}
            onChange={(value) => onChange({ stopAfter: stops.find((stage) => stage === value) ?? null })}
          />
          <Select
            label={t('advanced.deploy')}
            allowDeselect={false}
            value={draft.deployMode}
            data={modes.map((value) => ({ value, label: t(`advanced.deploys.${value}`) }))}
            onChange={(value) => onChange({ deployMode: modes.find((mode) => mode === value) ?? 'auto' })}
          />
          {draft.deployMode === 'threshold' && (
            <NumberInput
              label={t('advanced.minScore')}
              required
              value={draft.minScore ?? ''}
              onChange={(value) => onChange({ minScore: numberOrNull(value) })}
            />
          )}
          {draft.deployMode !== 'manual' && (
            <TextInput
              label={t('advanced.deployName')}
              description={t('advanced.deployNameHint')}
              pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
              maxLength={63}
              value={draft.deployName}
              onChange={(event) => onChange({ deployName: event.currentTarget.value })}
            />
          )}
        </Stack>
      </Collapse>
    </div>
  );
}
