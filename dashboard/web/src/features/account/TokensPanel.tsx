import { Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { PersonalToken } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { NewToken } from './NewToken';
import { tokensQuery, useRevokeToken } from './tokens';

interface Props {
  /** Whether the scope for administrators can be had. */
  admin: boolean;
  /** The names of what a token may be for alone: deployments are another noun. */
  deployments: string[];
}

/** Tokens for programs: made here, shown once, revoked here. */
export function TokensPanel({ admin, deployments }: Props) {
  const { t } = useTranslation('account');
  const tokens = useQuery(tokensQuery);
  const [revoking, setRevoking] = useState<PersonalToken | null>(null);
  const revoke = useRevokeToken(() => setRevoking(null));
  return (
    <Panel title={t('tokens.title')} hint={t('tokens.hint')} testId="tokens">
      <Stack gap="md">
        <NewToken admin={admin} deployments={deployments} />
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
      <table className="table one-line" aria-label={t('tokens.title')}>
        <thead>
          <tr>
            <th scope="col">{t('tokens.name')}</th>
            <th scope="col">{t('tokens.for')}</th>
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
              <td>
                <For token={token} />
              </td>
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

/** What a token may be used for, in words. */
function For({ token }: { token: PersonalToken }) {
  const { t } = useTranslation('account');
  if (token.deployment === null) return token.scopes.map((scope) => t(`scope.${scope}`)).join(', ');
  return t('tokens.only', { name: token.deployment });
}
