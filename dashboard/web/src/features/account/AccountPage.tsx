import { Button, Stack, Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuthConfig, Me } from '@/shared/api/types';
import { usePersonName } from '@/shared/lib/personName';
import { isAdmin } from '@/shared/lib/roles';
import { useShortcutsEnabled } from '@/shared/lib/useShortcutsEnabled';
import { Facts } from '@/shared/ui/Facts';
import { LanguageSwitch } from '@/shared/ui/LanguageSwitch';
import { Notice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { SchemeSwitch } from '@/shared/ui/SchemeSwitch';
import classes from './AccountPage.module.css';
import { PasswordForm } from './PasswordForm';
import { SessionsPanel } from './SessionsPanel';
import { TokensPanel } from './TokensPanel';

interface Props {
  me: Me;
  mode: AuthConfig['mode'] | undefined;
  /** Their names; the app brings them. */
  deployments: string[];
  /** How much they may use: another noun, too. */
  quota: ReactNode;
  onPasswordChanged: () => void;
  onLogout: () => void;
}

export function AccountPage({ me, mode, deployments, quota, onPasswordChanged, onLogout }: Props) {
  const { t } = useTranslation(['account', 'common']);
  const personName = usePersonName();
  const [shortcuts, setShortcuts] = useShortcutsEnabled();
  const password = (
    <Panel title={t('password.title')} hint={t('password.hint')}>
      {me.must_change_password && (
        <div className={classes.must}>
          <Notice tone="warn">{t('password.must')}</Notice>
        </div>
      )}
      <PasswordForm onChanged={onPasswordChanged} />
    </Panel>
  );
  return (
    <div className={classes.page}>
      <PageHeader
        title={t('title')}
        actions={
          <Button variant="default" onClick={onLogout}>
            {t('logout')}
          </Button>
        }
      />
      <Stack gap="md">
        {me.must_change_password && password}
        <Panel>
          <Facts
            items={[
              { label: t('name'), value: personName(me.display_name) },
              { label: t('login.username'), value: me.username },
              { label: t('roles'), value: me.roles.map((role) => t(`role.${role}`)).join(', ') },
            ]}
          />
        </Panel>
        <Panel title={t('look')} hint={t('lookHint')}>
          <div className={classes.choices}>
            <span>{t('common:language')}</span>
            <LanguageSwitch />
            <span>{t('common:scheme.label')}</span>
            <SchemeSwitch />
            <span>{t('common:shortcuts.title')}</span>
            <Switch
              aria-label={t('common:shortcuts.title')}
              checked={shortcuts}
              onChange={(event) => setShortcuts(event.currentTarget.checked)}
            />
          </div>
        </Panel>
        {!me.must_change_password && (
          <>
            {quota}
            <SessionsPanel />
            <TokensPanel admin={isAdmin(me)} deployments={deployments} />
          </>
        )}
        {mode === 'local' && !me.must_change_password && password}
      </Stack>
    </div>
  );
}
