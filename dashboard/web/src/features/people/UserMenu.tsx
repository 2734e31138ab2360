import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useRef, useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { isAdmin } from '@/shared/lib/roles';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { toast } from '@/shared/ui/toast';
import { useChangeUser, useResetPassword, useSignOutUser } from './api';
import { EditUserDialog } from './EditUserDialog';
import { PasswordOnce } from './PasswordOnce';

/** The dialog about somebody's quota: another noun, the app brings it. */
export type UserQuota = ComponentType<{ user: User; onClose: () => void }>;

interface Props {
  user: User;
  own: boolean;
  Quota: UserQuota;
}

/** What can be done to one account. Whatever ends somebody's work asks first. */
export function UserMenu({ user, own, Quota }: Props) {
  const { t } = useTranslation('people');
  const speaker = useSpeaker();
  const [dialog, setDialog] = useState<'edit' | 'quota' | 'password' | 'signOut' | 'disable' | null>(null);
  const menu = useRef<HTMLButtonElement>(null);
  const change = useChangeUser(user.id);
  const reset = useResetPassword(user.id);
  const signOut = useSignOutUser(user.id);
  const name = user.username;
  const close = (): void => {
    setDialog(null);
    menu.current?.focus();
  };
  const done = (text: string) => ({
    onSuccess: () => {
      toast.done(text);
      close();
    },
  });
  const enable = (): void =>
    change.mutate(
      { disabled: false },
      {
        onSuccess: () => toast.done(t('enable.done', { name })),
        onError: (error) => toast.failed(speaker.error(error)),
      },
    );
  // What a program may is said where it comes from, and it has no password.
  const program = user.service;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon ref={menu} variant="subtle" color="gray" aria-label={t('actionsOf', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!program && <Menu.Item onClick={() => setDialog('edit')}>{t('edit.action')}</Menu.Item>}
          {!program && !own && <Menu.Item onClick={() => setDialog('password')}>{t('password.action')}</Menu.Item>}
          {/* No quota holds for administrators. */}
          {!isAdmin(user) && <Menu.Item onClick={() => setDialog('quota')}>{t('quota')}</Menu.Item>}
          <Menu.Item onClick={() => setDialog('signOut')}>{t('signOut.action')}</Menu.Item>
          {!program && !own && user.disabled && <Menu.Item onClick={enable}>{t('enable.action')}</Menu.Item>}
          {!program && !own && !user.disabled && (
            <Menu.Item color="red" onClick={() => setDialog('disable')}>
              {t('disable.action')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog === 'edit' && <EditUserDialog user={user} own={own} onClose={close} />}
      {dialog === 'quota' && <Quota user={user} onClose={close} />}
      <DeleteDialog
        opened={dialog === 'password' && reset.data === undefined}
        title={t('password.ask', { name })}
        text={t('password.askText')}
        confirm={t('password.confirm')}
        remove={reset}
        onClose={close}
      />
      {dialog === 'password' && reset.data !== undefined && (
        <PasswordOnce
          answer={reset.data}
          onClose={() => {
            reset.reset();
            close();
          }}
        />
      )}
      <DeleteDialog
        opened={dialog === 'signOut'}
        title={t('signOut.ask', { name })}
        text={t(own ? 'signOut.own' : 'signOut.text')}
        confirm={t('signOut.action')}
        remove={{ ...signOut, mutate: () => signOut.mutate(undefined, done(t('signOut.done', { name }))) }}
        onClose={close}
      />
      <DeleteDialog
        opened={dialog === 'disable'}
        title={t('disable.ask', { name })}
        text={t('disable.text')}
        confirm={t('disable.action')}
        remove={{ ...change, mutate: () => change.mutate({ disabled: true }, done(t('disable.done', { name }))) }}
        onClose={close}
      />
    </>
  );
}
