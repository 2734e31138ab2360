import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role } from '@/shared/api/types';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { useCreateUser } from './api';
import { PasswordOnce } from './PasswordOnce';
import { RolesField } from './RolesField';

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['people', 'common']);
  const [username, setUsername] = useState('');
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<Role[]>(['student']);
  const create = useCreateUser();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const shown = name.trim();
    create.mutate({ username: username.trim(), roles, ...(shown === '' ? {} : { display_name: shown }) });
  };
  if (create.data !== undefined) return <PasswordOnce answer={create.data} onClose={onClose} />;
  return (
    <Dialog opened onClose={onClose} title={t('create.title')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('username')}
            description={t('create.usernameHint')}
            required
            withAsterisk={false}
            maxLength={100}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={username}
            data-autofocus
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <TextInput
            label={t('name')}
            description={t('create.nameHint')}
            maxLength={100}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RolesField value={roles} onChange={setRoles} />
          {create.isError && <ErrorNotice error={create.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={create.isPending} disabled={roles.length === 0}>
              {t('create.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
