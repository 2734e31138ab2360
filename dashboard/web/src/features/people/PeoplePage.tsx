import { Button, Stack } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { IconFileSpreadsheet, IconUserPlus, IconUserSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { hasFailed } from '@/shared/api/errors';
import type { Me } from '@/shared/api/types';
import { useUrlText } from '@/shared/lib/useUrlState';
import { EmptyState } from '@/shared/ui/EmptyState';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice } from '@/shared/ui/Notice';
import { PageHeader } from '@/shared/ui/PageHeader';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { SearchField } from '@/shared/ui/SearchField';
import { usersQuery } from './api';
import { NewUserDialog } from './NewUserDialog';
import classes from './PeoplePage.module.css';
import { RoleRequests } from './RoleRequests';
import type { UserQuota } from './UserMenu';
import { UserTable } from './UserTable';

export function PeoplePage({ me, Quota }: { me: Me; Quota: UserQuota }) {
  const { t } = useTranslation('people');
  const [search, setSearch] = useUrlText('search');
  const [creating, setCreating] = useState(false);
  const list = useInfiniteQuery(usersQuery(search));
  const users = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader
        title={t('title')}
        meta={t('lead')}
        actions={
          <>
            <Button
              component={Link}
              to="/people/import"
              variant="default"
              leftSection={<IconFileSpreadsheet size={16} />}
            >
              {t('import.action')}
            </Button>
            <Button leftSection={<IconUserPlus size={16} />} onClick={() => setCreating(true)}>
              {t('create.action')}
            </Button>
          </>
        }
      />
      <Stack gap="md">
        <RoleRequests me={me} />
        <div>
          <div className={classes.filters}>
            <SearchField
              aria-label={t('search')}
              placeholder={t('search')}
              leftSection={<IconUserSearch size={16} aria-hidden />}
              className={classes.search}
              value={search}
              onChange={setSearch}
            />
          </div>
          <Panel flush>
            {hasFailed(list) ? (
              <ErrorNotice error={list.error} retry={list.refetch} />
            ) : list.isPending ? (
              <RowsSkeleton />
            ) : users.length === 0 ? (
              <EmptyState icon={<IconUserSearch size={22} stroke={1.6} />} title={t('none')} />
            ) : (
              <>
                <UserTable users={users} me={me} Quota={Quota} />
                <LoadMore {...list} />
              </>
            )}
          </Panel>
        </div>
      </Stack>
      {creating && <NewUserDialog onClose={() => setCreating(false)} />}
    </>
  );
}
