import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { courseRoles, type CourseRole } from '@/shared/api/types';
import { usePersonName } from '@/shared/lib/personName';
import { ErrorNotice } from '@/shared/ui/Notice';
import { toast } from '@/shared/ui/toast';
import { useEnrol } from './api';

/** Lets somebody with an account belong to the course. */
export function AddMember({ courseId }: { courseId: string }) {
  const { t } = useTranslation('courses');
  const personName = usePersonName();
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<CourseRole>('student');
  const enrol = useEnrol(courseId);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    enrol.mutate(
      { username: username.trim(), role },
      {
        onSuccess: (member) => {
          setUsername('');
          toast.done(t('members.added', { name: personName(member.display_name) }));
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <TextInput
            label={t('members.username')}
            required
            withAsterisk={false}
            maxLength={100}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <Select
            label={t('members.role')}
            w={140}
            allowDeselect={false}
            value={role}
            data={courseRoles.map((value) => ({ value, label: t(`role.${value}`) }))}
            onChange={(value) => setRole(courseRoles.find((one) => one === value) ?? 'student')}
          />
          <Button type="submit" loading={enrol.isPending}>
            {t('members.add')}
          </Button>
        </Group>
        {enrol.isError && <ErrorNotice error={enrol.error} />}
      </Stack>
    </form>
  );
}
