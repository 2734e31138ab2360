import { Button, Select, Stack } from '@mantine/core';
import { IconSchool, IconUser } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { shareLevels, type Course, type Share } from '@/shared/api/types';
import { ErrorNotice } from '@/shared/ui/Notice';
import { isCourse, useShare, useUnshare, wishOf, type Thing } from './api';
import classes from './ShareDialog.module.css';

interface Props {
  thing: Thing;
  shares: Share[];
  courses: Course[];
}

/** With whom it is shared. Taking it back needs no question: it can be shared again. */
export function ShareList({ thing, shares, courses }: Props) {
  const { t } = useTranslation('sharing');
  const share = useShare(thing);
  const unshare = useUnshare(thing);
  const failure = share.error ?? unshare.error;
  return (
    <Stack gap="sm">
      <ul className={classes.list} aria-label={t('list')}>
        {shares.map((one) => (
          <Line
            key={one.with}
            share={one}
            title={courses.find(({ id }) => one.with === `course:${id}`)?.title}
            busy={share.isPending || unshare.isPending}
            onLevel={(level) => {
              const wish = wishOf(one, level);
              if (wish !== null) share.mutate(wish);
            }}
            onRemove={() => unshare.mutate(one)}
          />
        ))}
      </ul>
      {failure !== null && <ErrorNotice error={failure} />}
    </Stack>
  );
}

interface LineProps {
  share: Share;
  /** Of a course that one knows. */
  title: string | undefined;
  busy: boolean;
  onLevel: (level: Share['level']) => void;
  onRemove: () => void;
}

function Line({ share, title, busy, onLevel, onRemove }: LineProps) {
  const { t } = useTranslation('sharing');
  const Icon = isCourse(share) ? IconSchool : IconUser;
  const name = share.name ?? t('gone');
  return (
    <li className={classes.line}>
      <Icon size={16} stroke={1.7} role="img" aria-label={t(isCourse(share) ? 'kind.course' : 'kind.user')} />
      <span className={classes.name}>
        {name}
        {title !== undefined && <span className="muted"> · {title}</span>}
      </span>
      <Select
        size="xs"
        w={140}
        aria-label={t('levelOf', { name })}
        allowDeselect={false}
        disabled={busy || share.name === null}
        value={share.level}
        data={shareLevels.map((value) => ({ value, label: t(`level.${value}`) }))}
        onChange={(value) => {
          const level = shareLevels.find((one) => one === value);
          if (level !== undefined && level !== share.level) onLevel(level);
        }}
      />
      <Button
        size="compact-xs"
        variant="default"
        disabled={busy}
        aria-label={t('removeOf', { name })}
        onClick={onRemove}
      >
        {t('remove')}
      </Button>
    </li>
  );
}
