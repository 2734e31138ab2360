import { Button, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import { courseRoles, type Course, type CourseMember, type Me } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { usePersonName } from '@/shared/lib/personName';
import { isAdmin } from '@/shared/lib/roles';
import { DeleteDialog } from '@/shared/ui/DeleteDialog';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { toast } from '@/shared/ui/toast';
import { AddMember } from './AddMember';
import { membersQuery, useEnrol, useUnenrol } from './api';
import classes from './MembersPanel.module.css';

interface Props {
  course: Course;
  me: Me;
}

/** Who learns and teaches here, for whom may change it. */
export function MembersPanel({ course, me }: Props) {
  const { t } = useTranslation('courses');
  const list = useInfiniteQuery(membersQuery(course.id));
  const members = list.data?.pages.flatMap((page) => page.items) ?? [];
  const personName = usePersonName();
  const [removing, setRemoving] = useState<CourseMember | null>(null);
  const unenrol = useUnenrol(course.id, () => setRemoving(null));
  const own = removing?.username === me.username && !isAdmin(me);
  return (
    <Panel flush title={t('members.title')} hint={t('members.hint')} testId="members">
      <div className={classes.add}>
        <AddMember courseId={course.id} />
      </div>
      {hasFailed(list) ? (
        <ErrorNotice error={list.error} retry={list.refetch} />
      ) : list.isPending ? (
        <RowsSkeleton />
      ) : members.length === 0 ? (
        <p className={classes.none}>{t('members.none')}</p>
      ) : (
        <>
          <div className="scroll-x">
            <table className="table one-line" aria-label={t('members.title')}>
              <thead>
                <tr>
                  <th scope="col">{t('members.name')}</th>
                  <th scope="col">{t('members.username')}</th>
                  <th scope="col">{t('members.role')}</th>
                  <th scope="col">
                    <span className="visually-hidden">{t('members.actions')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {members.map((member) => (
                  <Line
                    key={member.id}
                    courseId={course.id}
                    member={member}
                    // Whoever stops teaching here cannot undo it.
                    fixed={member.username === me.username && !isAdmin(me)}
                    onRemove={() => setRemoving(member)}
                  />
                ))}
              </tbody>
            </table>
          </div>
          <LoadMore {...list} />
        </>
      )}
      <DeleteDialog
        opened={removing !== null}
        title={t('members.removeTitle', { name: personName(removing?.display_name ?? '') })}
        text={t(own ? 'members.removeSelf' : 'members.removeText')}
        confirm={t('members.remove')}
        remove={{
          isPending: unenrol.isPending,
          error: unenrol.error,
          reset: unenrol.reset,
          mutate: () => removing !== null && unenrol.mutate(removing.username),
        }}
        onClose={() => setRemoving(null)}
      />
    </Panel>
  );
}

interface LineProps {
  courseId: string;
  member: CourseMember;
  fixed: boolean;
  onRemove: () => void;
}

function Line({ courseId, member, fixed, onRemove }: LineProps) {
  const { t } = useTranslation('courses');
  const speaker = useSpeaker();
  const enrol = useEnrol(courseId);
  const { username } = member;
  const name = usePersonName()(member.display_name);
  return (
    <tr>
      <td>{name}</td>
      <td className="mono">{username}</td>
      <td>
        <Select
          size="xs"
          w={140}
          aria-label={t('members.roleOf', { name })}
          allowDeselect={false}
          disabled={fixed || enrol.isPending}
          value={enrol.isPending ? enrol.variables.role : member.role}
          data={courseRoles.map((value) => ({ value, label: t(`role.${value}`) }))}
          onChange={(value) => {
            const role = courseRoles.find((one) => one === value);
            if (role === undefined || role === member.role) return;
            enrol.mutate({ username, role }, { onError: (error) => toast.failed(speaker.error(error)) });
          }}
        />
      </td>
      <td className="num">
        <Button size="compact-xs" variant="default" aria-label={t('members.removeOf', { name })} onClick={onRemove}>
          {t('members.remove')}
        </Button>
      </td>
    </tr>
  );
}
