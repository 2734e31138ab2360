import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { withQuery } from '@/shared/api/http';
import { useSpeaker } from '@/shared/i18n/messages';
import { Brand } from '@/shared/ui/Brand';
import { LanguageSwitch } from '@/shared/ui/LanguageSwitch';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { authConfigQuery, useLogin } from './api';
import classes from './LoginPage.module.css';

interface Props {
  /** The page of this site to come back to. */
  next: string;
  /** Why a sign-in elsewhere did not work, if it brought people back here: a code of the server's. */
  failure: string | null;
}

export function LoginPage({ next, failure }: Props) {
  const { t } = useTranslation('account');
  const speaker = useSpeaker();
  const config = useQuery(authConfigQuery);
  useEffect(() => {
    document.title = `${t('login.title')} · MicroLearn`;
  }, [t]);
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Brand size={40} />
        <h1 className={classes.title}>{t('login.title')}</h1>
        <p className={classes.lead}>{t('login.lead')}</p>
        {failure !== null && (
          <div className={classes.failure}>
            <Notice tone="bad">{speaker.message({ code: failure, params: {}, text: t('login.failed') })}</Notice>
          </div>
        )}
        {config.isError && <ErrorNotice error={config.error} retry={config.refetch} />}
        {config.isPending ? (
          <RowsSkeleton rows={3} />
        ) : config.data?.mode === 'oidc' ? (
          <Button component="a" href={withQuery('/auth/login', { next })} fullWidth size="md" px="xs">
            {t('login.oidc')}
          </Button>
        ) : (
          <PasswordForm />
        )}
      </div>
      <footer className={classes.foot}>
        <LanguageSwitch />
        {config.data !== undefined && <span className="muted">MicroLearn {config.data.version}</span>}
      </footer>
    </main>
  );
}

function PasswordForm() {
  const { t } = useTranslation('account');
  const login = useLogin();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    login.mutate({ username: username.trim(), password });
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      <TextInput
        label={t('login.username')}
        autoComplete="username"
        autoCapitalize="none"
        required
        withAsterisk={false}
        data-autofocus
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('login.password')}
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('login.show') }}
      />
      {login.isError && <ErrorNotice error={login.error} />}
      <Button type="submit" fullWidth size="md" loading={login.isPending}>
        {t('login.submit')}
      </Button>
      <p className={classes.hint}>{t('login.hint')}</p>
    </form>
  );
}
