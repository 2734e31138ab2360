import { Menu, UnstyledButton } from '@mantine/core';
import {
  IconApi,
  IconDatabase,
  IconListSearch,
  IconLogout,
  IconRocket,
  IconRoute,
  IconSchool,
  IconSelector,
  IconUser,
  IconUsers,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { useLogout } from '@/features/session/api';
import type { Me } from '@/shared/api/types';
import { usePersonName } from '@/shared/lib/personName';
import { isAdmin } from '@/shared/lib/roles';
import { useLiveStatus } from '@/shared/live/LiveStatus';
import { Brand } from '@/shared/ui/Brand';
import { LanguageSwitch } from '@/shared/ui/LanguageSwitch';
import { SchemeSwitch } from '@/shared/ui/SchemeSwitch';
import classes from './Sidebar.module.css';

const pages = [
  { to: '/', key: 'pipelines', Icon: IconRoute },
  { to: '/datasets', key: 'datasets', Icon: IconDatabase },
  { to: '/deployments', key: 'deployments', Icon: IconRocket },
  { to: '/courses', key: 'courses', Icon: IconSchool },
] as const;
/** What only those see who look after the site; the server refuses it to everybody else. */
const adminPages = [
  { to: '/people', key: 'people', Icon: IconUsers },
  { to: '/audit', key: 'audit', Icon: IconListSearch },
] as const;

export function Sidebar({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  // The list of pipelines is the home page, and each of them lies below it.
  const section = pathname === '/' ? '/pipelines' : `/${pathname.split('/')[1] ?? ''}`;
  // Until the password is their own, every page leads back to the account.
  const shown = me.must_change_password ? [] : [...pages, ...(isAdmin(me) ? adminPages : [])];
  return (
    <div className={classes.bar}>
      <Link to="/" className={classes.brand}>
        <Brand />
        MicroLearn
      </Link>
      <nav aria-label={t('nav.main')} className={classes.nav}>
        {shown.map(({ to, key, Icon }) => (
          <Link key={to} to={to} className={classes.item} aria-current={section === `/${key}` ? 'page' : undefined}>
            <Icon size={18} stroke={1.7} aria-hidden />
            {t(`nav.${key}`)}
          </Link>
        ))}
      </nav>
      <div className={classes.foot}>
        {!me.must_change_password && <LiveLine />}
        <UserMenu me={me} />
      </div>
    </div>
  );
}

function LiveLine() {
  const { t } = useTranslation();
  const status = useLiveStatus();
  return (
    <div className={classes.live} data-status={status} role="status">
      <span className={classes.dot} aria-hidden />
      {t(`live.${status}`)}
    </div>
  );
}

function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation(['common', 'account']);
  const navigate = useNavigate();
  const logout = useLogout();
  const name = usePersonName()(me.display_name);
  return (
    <Menu position="top-start" width={236}>
      <Menu.Target>
        <UnstyledButton className={classes.user}>
          <span className={classes.avatar} aria-hidden>
            {name.slice(0, 1).toUpperCase()}
          </span>
          <span className={classes.name}>{name}</span>
          <span className="visually-hidden">{t('nav.user')}</span>
          <IconSelector size={15} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconUser size={16} />} onClick={() => void navigate('/account')}>
          {t('account:title')}
        </Menu.Item>
        <Menu.Item component="a" href="/api/docs" target="_blank" rel="noreferrer" leftSection={<IconApi size={16} />}>
          {t('nav.api')}
        </Menu.Item>
        <div className={classes.choices}>
          <LanguageSwitch />
          <SchemeSwitch />
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => logout.mutate()}>
          {t('account:logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
