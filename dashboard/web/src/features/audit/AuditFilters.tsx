import { Button, Select, SegmentedControl, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { auditOutcomes } from '@/shared/api/types';
import { SearchField } from '@/shared/ui/SearchField';
import classes from './AuditPage.module.css';
import type { FilterState } from './useFilter';
import { actions } from './words';

export function AuditFilters({ filter }: { filter: FilterState }) {
  const { t } = useTranslation('audit');
  return (
    <div className={classes.filters} role="search" aria-label={t('filter.label')}>
      <SearchField
        size="xs"
        w={170}
        label={t('filter.actor')}
        placeholder={t('filter.actorHint')}
        // A part of a name is nobody's: it waits for the whole one.
        patienceMs={700}
        value={filter.actor}
        onChange={filter.setActor}
      />
      <Select
        size="xs"
        w={210}
        label={t('filter.action')}
        searchable
        allowDeselect={false}
        value={filter.action}
        data={[
          { value: 'all', label: t('filter.allActions') },
          ...actions.map((value) => ({ value, label: t(`action.${value}`) })),
        ]}
        onChange={(value) => filter.setAction(actions.find((action) => action === value) ?? 'all')}
      />
      <TextInput
        size="xs"
        type="date"
        label={t('filter.since')}
        value={filter.since}
        max={filter.until === '' ? undefined : filter.until}
        onChange={(event) => filter.setSince(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        type="date"
        label={t('filter.until')}
        value={filter.until}
        min={filter.since === '' ? undefined : filter.since}
        onChange={(event) => filter.setUntil(event.currentTarget.value)}
      />
      <SegmentedControl
        size="xs"
        aria-label={t('filter.outcome')}
        value={filter.outcome}
        onChange={filter.setOutcome}
        data={(['all', ...auditOutcomes] as const).map((value) => ({ value, label: t(`filter.outcomes.${value}`) }))}
      />
      {filter.active && (
        <Button size="xs" variant="subtle" color="gray" onClick={filter.reset}>
          {t('filter.reset')}
        </Button>
      )}
    </div>
  );
}
