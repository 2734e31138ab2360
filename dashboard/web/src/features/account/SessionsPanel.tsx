import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconDeviceLaptop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Session } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Chip } from '@/shared/ui/Chip';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { agentOf } from './agent';
import { sessionsQuery, useEndSession } from './sessions';

/** Where one is signed in, to find what one does not know and to end it. */
export function SessionsPanel() {
  const { t } = useTranslation('account');
  const nameOf = useSessionName();
  const sessions = useQuery(sessionsQuery);
  const [ending, setEnding] = useState<Session | null>(null);
  const end = useEndSession(() => setEnding(null));
  return (
    <Panel title={t('sessions.title')} hint={t('sessions.hint')} testId="sessions">
      {hasFailed(sessions) ? (
        <ErrorNotice error={sessions.error} retry={sessions.refetch} />
      ) : sessions.data === undefined ? (
        <RowsSkeleton rows={2} />
      ) : (
        <SessionTable sessions={sessions.data} onEnd={setEnding} />
      )}
      <DeleteDialog
        opened={ending !== null}
        title={t('sessions.endTitle', { name: ending === null ? '' : nameOf(ending) })}
        text={t('sessions.endText')}
        confirm={t('sessions.end')}
        remove={{
          isPending: end.isPending,
          error: end.error,
          reset: end.reset,
          mutate: () => ending !== null && end.mutate(ending.id),
        }}
        onClose={() => setEnding(null)}
      />
    </Panel>
  );
}

function useSessionName(): (session: Session) => string {
  const { t } = useTranslation('account');
  return ({ agent }) => {
    const { program, system } = agentOf(agent);
    if (program === null) return t('sessions.unknown');
    return system === null ? program : t('sessions.on', { program, system });
  };
}

function SessionTable({ sessions, onEnd }: { sessions: Session[]; onEnd: (session: Session) => void }) {
  const { t } = useTranslation('account');
  const format = useFormat();
  const nameOf = useSessionName();
  return (
    <div className="scroll-x">
      <table className="table one-line" aria-label={t('sessions.title')}>
        <thead>
          <tr>
            <th scope="col">{t('sessions.browser')}</th>
            <th scope="col">{t('sessions.address')}</th>
            <th scope="col">{t('sessions.begun')}</th>
            <th scope="col">{t('sessions.used')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('tokens.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td title={session.agent}>{nameOf(session)}</td>
              <td className="mono muted">{session.address === '' ? '—' : session.address}</td>
              <td className="muted">{format.dateTime(session.created_at)}</td>
              <td className="muted">{format.dateTime(session.used_at)}</td>
              <td className="num">
                {/* This one ends with the page's own "sign out". */}
                {session.current ? (
                  <Chip tone="ok" icon={<IconDeviceLaptop size={13} aria-hidden />}>
                    {t('sessions.this')}
                  </Chip>
                ) : (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t('sessions.endOf', { name: nameOf(session), address: session.address })}
                    onClick={() => onEnd(session)}
                  >
                    {t('sessions.end')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
