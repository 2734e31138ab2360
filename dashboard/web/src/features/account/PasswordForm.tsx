import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/shared/api/http';
import { ErrorNotice } from '@/shared/ui/Notice';
import { toast } from '@/shared/ui/toast';

const shortest = 8;
const empty = { current: '', next: '', again: '' };

/** `onChanged` lets the app read who is signed in anew: the reminder to change goes away. */
export function PasswordForm({ onChanged }: { onChanged: () => void }) {
  const { t } = useTranslation('account');
  const [fields, setFields] = useState(empty);
  const change = useMutation({
    mutationFn: () =>
      api<null>('/me/password', {
        method: 'POST',
        body: { current_password: fields.current, new_password: fields.next },
      }),
    onSuccess: () => {
      setFields(empty);
      toast.done(t('password.done'));
      onChanged();
    },
  });
  const tooShort = fields.next !== '' && fields.next.length < shortest;
  const differs = fields.again !== '' && fields.again !== fields.next;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!tooShort && fields.next === fields.again) change.mutate();
  };
  const field = (name: keyof typeof empty, autoComplete: string, error: string | undefined) => (
    <PasswordInput
      label={t(`password.${name}`)}
      autoComplete={autoComplete}
      required
      withAsterisk={false}
      value={fields[name]}
      error={error}
      onChange={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
      visibilityToggleButtonProps={{ 'aria-label': t('login.show') }}
    />
  );
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={360}>
        {field('current', 'current-password', undefined)}
        {field('next', 'new-password', tooShort ? t('password.short', { count: shortest }) : undefined)}
        {field('again', 'new-password', differs ? t('password.differs') : undefined)}
        {change.isError && <ErrorNotice error={change.error} />}
        <div>
          <Button type="submit" loading={change.isPending}>
            {t('password.submit')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
