import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { PersonalToken } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { CodeBlock } from '@/shared/ui/CodeBlock';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { tokensQuery, useCreateToken, useRevokeToken } from './tokens';

const lifetimes = ['7', '30', '90', '365'];

/** Tokens for programs: made here, shown once, revoked here. */
export function TokensPanel() {
  const { t } = useTranslation('account');
  const tokens = useQuery(tokensQuery);
  const [revoking, setRevoking] = useState<PersonalToken | null>(null);
  const revoke = useRevokeToken(() => setRevoking(null));
  return (
    <Panel title={t('tokens.title')} hint={t('tokens.hint')} testId="tokens">
      <Stack gap="md">
        <NewToken />
        {hasFailed(tokens) ? (
          <ErrorNotice error={tokens.error} retry={tokens.refetch} />
        ) : tokens.data === undefined ? (
          <RowsSkeleton rows={2} />
        ) : tokens.data.length === 0 ? (
          <span className="muted">{t('tokens.none')}</span>
        ) : (
          <TokenTable tokens={tokens.data} onRevoke={setRevoking} />
        )}
      </Stack>
      <DeleteDialog
        opened={revoking !== null}
        title={t('tokens.revokeTitle', { name: revoking?.name ?? '' })}
        text={t('tokens.revokeText')}
        confirm={t('tokens.revoke')}
        remove={{
          isPending: revoke.isPending,
          error: revoke.error,
          reset: revoke.reset,
          mutate: () => revoking !== null && revoke.mutate(revoking.id),
        }}
        onClose={() => setRevoking(null)}
      />
    </Panel>
  );
}

function TokenTable({ tokens, onRevoke }: { tokens: PersonalToken[]; onRevoke: (token: PersonalToken) => void }) {
  const { t } = useTranslation('account');
  const format = useFormat();
  return (
    <div className="scroll-x">
      <table className="table" aria-label={t('tokens.title')}>
        <thead>
          <tr>
            <th scope="col">{t('tokens.name')}</th>
            <th scope="col">{t('tokens.created')}</th>
            <th scope="col">{t('tokens.used')}</th>
            <th scope="col">{t('tokens.expires')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('tokens.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>{token.name}</td>
              <td className="muted">{format.dateTime(token.created_at)}</td>
              <td className="muted">{token.used_at === null ? t('tokens.never') : format.dateTime(token.used_at)}</td>
              <td className="muted">{format.dateTime(token.expires_at)}</td>
              <td className="num">
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={t('tokens.revokeOf', { name: token.name })}
                  onClick={() => onRevoke(token)}
                >
                  {t('tokens.revoke')}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewToken() {
  const { t } = useTranslation('account');
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const create = useCreateToken();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    create.mutate({ name: name.trim(), expires_in_days: Number(days) }, { onSuccess: () => setName('') });
  };
  if (create.data !== undefined) {
    const { token } = create.data;
    return (
      <Stack gap="xs">
        <Notice tone="warn">{t(token === null ? 'tokens.lost' : 'tokens.once')}</Notice>
        {token !== null && <CodeBlock code={token} label={t('tokens.secret')} />}
        <div>
          <Button variant="default" onClick={create.reset}>
            {t('tokens.seen')}
          </Button>
        </div>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('tokens.name')}
            description={t('tokens.nameHint')}
            required
            withAsterisk={false}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t('tokens.days')}
            w={120}
            allowDeselect={false}
            value={days}
            data={lifetimes.map((value) => ({ value, label: t('tokens.day', { days: value }) }))}
            onChange={(value) => setDays(value ?? '90')}
          />
          <Button type="submit" loading={create.isPending}>
            {t('tokens.create')}
          </Button>
        </Group>
        {create.isError && <ErrorNotice error={create.error} />}
      </Stack>
    </form>
  );
}
