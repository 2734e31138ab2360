import { Burger, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavigationType, Outlet, useLocation, useNavigationType } from 'react-router';
import type { Me } from '@/shared/api/types';
import { Brand } from '@/shared/ui/Brand';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { Shortcuts } from './Shortcuts';
import { Sidebar } from './Sidebar';
import classes from './Shell.module.css';

export function Shell({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [opened, drawer] = useDisclosure(false);
  const { pathname } = useLocation();
  const { close } = drawer;
  useEffect(close, [pathname, close]);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  const how = useNavigationType();
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    // A new page begins at its top, for the eye and for the keyboard; going back stays where it was.
    if (how !== NavigationType.Pop) window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [pathname, how]);
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {t('nav.skip')}
      </a>
      <aside className={classes.side}>
        <Sidebar me={me} />
      </aside>
      <div className={classes.mobile}>
        <Burger opened={opened} onClick={drawer.toggle} size="sm" aria-label={t('nav.menu')} aria-expanded={opened} />
        <Link to="/" className={classes.brand}>
          <Brand size={24} />
          MicroLearn
        </Link>
      </div>
      <Drawer.Root opened={opened} onClose={close} size={264} padding={0}>
        <Drawer.Overlay />
        <Drawer.Content aria-label={t('nav.menu')}>
          <Drawer.Body>
            <Sidebar me={me} />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <main ref={main} id="content" className={classes.main} tabIndex={-1}>
        <Suspense fallback={<RowsSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      {/* There is nowhere to go before the password is their own. */}
      {!me.must_change_password && <Shortcuts />}
    </div>
  );
}
