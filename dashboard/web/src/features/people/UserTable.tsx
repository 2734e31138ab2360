import { IconBan, IconCheck, IconKey, IconPlugConnected, IconSchool } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Me, User } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { usePersonName } from '@/shared/lib/personName';
import { Chip } from '@/shared/ui/Chip';
import classes from './PeoplePage.module.css';
import { UserMenu, type UserQuota } from './UserMenu';

interface Props {
  users: User[];
  me: Me;
  Quota: UserQuota;
}

export function UserTable({ users, me, Quota }: Props) {
  const { t } = useTranslation(['people', 'account']);
  const format = useFormat();
  const personName = usePersonName();
  return (
    <div className="scroll-x">
      <table className="table one-line" aria-label={t('title')}>
        <thead>
          <tr>
            <th scope="col">{t('name')}</th>
            <th scope="col">{t('username')}</th>
            <th scope="col">{t('roles')}</th>
            <th scope="col">{t('state.title')}</th>
            <th scope="col">{t('created')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.id} className={user.disabled ? classes.off : undefined}>
              <td>
                <span className={classes.name}>{personName(user.display_name)}</span>
                {user.id === me.id && <span className="muted"> · {t('you')}</span>}
              </td>
              <td className="mono">{user.username}</td>
              <td>{user.roles.map((role) => t(`account:role.${role}`)).join(', ')}</td>
              <td>
                <State user={user} />
              </td>
              <td className="muted">{format.dateTime(user.created_at)}</td>
              <td className="num">
                <UserMenu user={user} own={user.id === me.id} Quota={Quota} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ user }: { user: User }) {
  const { t } = useTranslation('people');
  return (
    <span className={classes.chips}>
      {user.disabled ? (
        <Chip tone="bad" icon={<IconBan size={13} aria-hidden />}>
          {t('state.disabled')}
        </Chip>
      ) : user.must_change_password ? (
        <Chip tone="idle" icon={<IconKey size={13} aria-hidden />}>
          {t('state.first')}
        </Chip>
      ) : (
        <Chip tone="ok" icon={<IconCheck size={13} aria-hidden />}>
          {t('state.active')}
        </Chip>
      )}
      {user.service && (
        <Chip tone="idle" icon={<IconPlugConnected size={13} aria-hidden />}>
          {t('state.service')}
        </Chip>
      )}
      {user.from_provider && (
        <Chip tone="idle" icon={<IconSchool size={13} aria-hidden />}>
          {t('state.provider')}
        </Chip>
      )}
    </span>
  );
}
