import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Me, RoleRequest } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { Panel } from '@/shared/ui/Panel';
import { toast } from '@/shared/ui/toast';
import { roleRequestsQuery, useDecide } from './api';

/** Who is to become an administrator: two of them decide it. Nothing is shown where nothing waits. */
export function RoleRequests({ me }: { me: Me }) {
  const { t } = useTranslation('people');
  const requests = useQuery(roleRequestsQuery).data ?? [];
  if (requests.length === 0) return null;
  return (
    <Panel flush title={t('requests.title')} hint={t('requests.hint')} testId="role-requests">
      <div className="scroll-x">
        <table className="table one-line" aria-label={t('requests.title')}>
          <thead>
            <tr>
              <th scope="col">{t('username')}</th>
              <th scope="col">{t('roles')}</th>
              <th scope="col">{t('requests.by')}</th>
              <th scope="col">{t('requests.until')}</th>
              <th scope="col">
                <span className="visually-hidden">{t('actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <Line key={request.id} request={request} me={me} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Line({ request, me }: { request: RoleRequest; me: Me }) {
  const { t } = useTranslation(['people', 'account']);
  const format = useFormat();
  const speaker = useSpeaker();
  const approve = useDecide('approve');
  const refuse = useDecide('refuse');
  const say = { onError: (error: Error) => toast.failed(speaker.error(error)) };
  const name = request.username ?? '—';
  const mine = request.asked_by === me.username;
  const about = request.user_id === me.id;
  return (
    <tr>
      <td className="mono">{name}</td>
      <td>{request.roles.map((role) => t(`account:role.${role}`)).join(', ')}</td>
      <td className="mono">{request.asked_by ?? '—'}</td>
      <td className="muted">{format.dateTime(request.expires_at)}</td>
      <td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {/* Nobody approves what they have asked for, or themselves. */}
          {!mine && !about && (
            <Button
              size="compact-xs"
              loading={approve.isPending}
              aria-label={t('requests.approveOf', { name })}
              onClick={() => approve.mutate(request.id, say)}
            >
              {t('requests.approve')}
            </Button>
          )}
          <Button
            size="compact-xs"
            variant="default"
            loading={refuse.isPending}
            aria-label={t(mine ? 'requests.withdrawOf' : 'requests.refuseOf', { name })}
            onClick={() => refuse.mutate(request.id, say)}
          >
            {t(mine ? 'requests.withdraw' : 'requests.refuse')}
          </Button>
        </Group>
      </td>
    </tr>
  );
}
