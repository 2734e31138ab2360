import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/shared/api/types';
import { usePersonName } from '@/shared/lib/personName';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { toast } from '@/shared/ui/toast';
import { pendingOf, useChangeUser, type UserPatch } from './api';
import { RolesField } from './RolesField';

interface Props {
  user: User;
  own: boolean;
  onClose: () => void;
}

/** Another shown name, other roles. One's own roles stay: there is always somebody left who can undo it. */
export function EditUserDialog({ user, own, onClose }: Props) {
  const { t } = useTranslation(['people', 'common']);
  const before = usePersonName()(user.display_name);
  const [name, setName] = useState(before);
  const [roles, setRoles] = useState(user.roles);
  const change = useChangeUser(user.id);
  // The school's name of somebody comes with each sign-in.
  const kept = user.from_provider;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const patch: UserPatch = {};
    if (name.trim() !== before) patch.display_name = name.trim();
    if (roles.join() !== user.roles.join()) patch.roles = roles;
    if (Object.keys(patch).length === 0) {
      onClose();
      return;
    }
    change.mutate(patch, {
      onSuccess: (answer) => {
        toast.done(t(pendingOf(answer) === null ? 'edit.done' : 'requests.asked'));
        onClose();
      },
    });
  };
  return (
    <Dialog opened onClose={onClose} title={t('edit.title', { name: user.username })} returnFocus={false}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('name')}
            description={kept ? t('edit.keptName') : undefined}
            disabled={kept}
            required
            withAsterisk={false}
            maxLength={100}
            autoComplete="off"
            value={name}
            data-autofocus={!kept}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RolesField value={roles} onChange={setRoles} fixed={own ? t('edit.own') : undefined} />
          {change.isError && <ErrorNotice error={change.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={change.isPending} disabled={roles.length === 0}>
              {t('common:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
