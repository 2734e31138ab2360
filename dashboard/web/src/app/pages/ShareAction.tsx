import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconShare } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { courseChoiceQuery } from '@/features/courses/api';
import { meQuery } from '@/features/session/api';
import type { Thing } from '@/features/sharing/api';
import { ShareDialog } from '@/features/sharing/ShareDialog';
import { isAdmin } from '@/shared/lib/roles';

interface Props {
  thing: Thing;
  name: string;
  ownerId: string;
}

/** The button that shares a thing, on each of their pages, for whom it belongs to and for administrators. */
export function ShareAction({ thing, name, ownerId }: Props) {
  const { t } = useTranslation('sharing');
  const { data: me } = useQuery(meQuery);
  const [opened, setOpened] = useState(false);
  const courses = useQuery({ ...courseChoiceQuery, enabled: opened });
  if (me === undefined || me === null) return null;
  if (me.id !== ownerId && !isAdmin(me)) return null;
  return (
    <>
      <Button variant="default" leftSection={<IconShare size={16} />} onClick={() => setOpened(true)}>
        {t('action')}
      </Button>
      {opened && (
        <ShareDialog thing={thing} name={name} courses={courses.data ?? []} onClose={() => setOpened(false)} />
      )}
    </>
  );
}
