import { Button, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { shareLevels, type Course, type ShareLevel } from '@/shared/api/types';
import { ErrorNotice } from '@/shared/ui/Notice';
import { useShare, type Thing } from './api';

/** Lets a person or a course at a thing. */
export function NewShare({ thing, courses }: { thing: Thing; courses: Course[] }) {
  const { t } = useTranslation('sharing');
  const [kind, setKind] = useState<'user' | 'course'>('user');
  const [username, setUsername] = useState('');
  const [course, setCourse] = useState<string | null>(null);
  const [level, setLevel] = useState<ShareLevel>('see');
  const share = useShare(thing);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (kind === 'course' && course === null) return;
    const whom = kind === 'course' && course !== null ? { course_id: course } : { username: username.trim() };
    share.mutate(
      { ...whom, level },
      {
        onSuccess: () => {
          setUsername('');
          setCourse(null);
        },
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {courses.length > 0 && (
          <div>
            <SegmentedControl
              size="xs"
              aria-label={t('with')}
              value={kind}
              onChange={setKind}
              data={[
                { value: 'user', label: t('kind.user') },
                { value: 'course', label: t('kind.course') },
              ]}
            />
          </div>
        )}
        <Group align="flex-end" gap="sm">
          {kind === 'user' ? (
            <TextInput
              label={t('username')}
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
          ) : (
            <Select
              label={t('course')}
              w={240}
              searchable
              nothingFoundMessage={t('noCourse')}
              value={course}
              data={courses.map(({ id, code, title }) => ({ value: id, label: `${code} · ${title}` }))}
              onChange={setCourse}
            />
          )}
          <Select
            label={t('level.label')}
            w={150}
            allowDeselect={false}
            value={level}
            data={shareLevels.map((value) => ({ value, label: t(`level.${value}`) }))}
            onChange={(value) => setLevel(shareLevels.find((one) => one === value) ?? 'see')}
          />
          <Button type="submit" loading={share.isPending} disabled={kind === 'course' && course === null}>
            {t('add')}
          </Button>
        </Group>
        {share.isError && <ErrorNotice error={share.error} />}
      </Stack>
    </form>
  );
}
