import { Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Quota, QuotaAndUsage } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { ErrorNotice } from '@/shared/ui/Notice';
import { toast } from '@/shared/ui/toast';
import { useGrant, type Grantee } from './api';
import { draftOf, inField, isCount, isUnreadable, quotaOf } from './draft';
import { measures, type Measure } from './measures';
import classes from './Quota.module.css';

interface Props {
  of: Grantee;
  quota: QuotaAndUsage;
  onClose: () => void;
}

/** What is granted to just them: an empty field is as usual. */
export function QuotaForm({ of, quota, onClose }: Props) {
  const { t } = useTranslation(['quotas', 'common']);
  const format = useFormat();
  const [draft, setDraft] = useState(() => draftOf(quota.granted, format));
  const grant = useGrant(of);
  const hasGrant = measures.some((measure) => isGranted(quota, measure));
  const wish = quotaOf(draft, format);
  const save = (granted: Quota): void =>
    grant.mutate(granted, {
      onSuccess: () => {
        toast.done(t('form.saved'));
        onClose();
      },
    });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (wish !== null) save(wish);
  };
  /** What an empty field means: the server tells the usual only where nothing else is granted. */
  const usual = (measure: Measure): string => {
    if (isGranted(quota, measure)) return t('form.usual');
    const limit = quota.quota[measure] ?? null;
    return limit === null ? t('form.noLimit') : format.number(inField(measure, limit));
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <p className={classes.note}>{t(hasGrant ? 'form.some' : 'form.none')}</p>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {measures.map((measure) => (
            <TextInput
              key={measure}
              label={t(`field.${measure}`)}
              placeholder={usual(measure)}
              inputMode={isCount(measure) ? 'numeric' : 'decimal'}
              autoComplete="off"
              error={
                isUnreadable(measure, draft[measure], format) &&
                t(isCount(measure) ? 'form.notCount' : 'form.notNumber')
              }
              value={draft[measure]}
              onChange={(event) => setDraft({ ...draft, [measure]: event.currentTarget.value })}
            />
          ))}
        </SimpleGrid>
        {grant.isError && <ErrorNotice error={grant.error} />}
        <Group justify="flex-end" gap="xs">
          {hasGrant && (
            <Button variant="subtle" color="gray" me="auto" disabled={grant.isPending} onClick={() => save({})}>
              {t('form.reset')}
            </Button>
          )}
          <Button variant="default" onClick={onClose}>
            {t('common:action.cancel')}
          </Button>
          <Button type="submit" loading={grant.isPending} disabled={wish === null}>
            {t('common:action.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const isGranted = ({ granted }: QuotaAndUsage, measure: Measure): boolean => (granted[measure] ?? null) !== null;
