import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/shared/ui/Brand';
import { LanguageSwitch } from '@/shared/ui/LanguageSwitch';
import { ErrorNotice } from '@/shared/ui/Notice';
import { authConfigQuery, useLogin } from './api';
import classes from './LoginPage.module.css';

export function LoginPage() {
  const { t } = useTranslation('account');
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
        {config.isError && <ErrorNotice error={config.error} retry={config.refetch} />}
        {config.data?.mode === 'oidc' ? (
          <Button component="a" href="/auth/login" fullWidth size="md">
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
