import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Course } from '@/shared/api/types';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { useSaveCourse } from './api';

interface Props {
  /** The course that gets other words; null for a new one. */
  course: Course | null;
  onClose: () => void;
  onSaved: (course: Course) => void;
}

export function CourseDialog({ course, onClose, onSaved }: Props) {
  const { t } = useTranslation(['courses', 'common']);
  const [code, setCode] = useState(course?.code ?? '');
  const [title, setTitle] = useState(course?.title ?? '');
  const save = useSaveCourse(course);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    save.mutate({ code: code.trim(), title: title.trim() }, { onSuccess: onSaved });
  };
  return (
    <Dialog opened onClose={onClose} title={t(course === null ? 'create.title' : 'edit.title')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('code')}
            description={t('codeHint')}
            required
            withAsterisk={false}
            maxLength={40}
            autoComplete="off"
            value={code}
            data-autofocus
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <TextInput
            label={t('courseTitle')}
            required
            withAsterisk={false}
            maxLength={200}
            autoComplete="off"
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          {save.isError && <ErrorNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('common:action.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t(course === null ? 'create.submit' : 'common:action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
