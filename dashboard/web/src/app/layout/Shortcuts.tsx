import { Kbd } from '@mantine/core';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useUpload } from '@/features/datasets/upload/UploadContext';
import { useShortcutsEnabled } from '@/shared/lib/useShortcutsEnabled';
import { Dialog } from '@/shared/ui/Dialog';
import classes from './Shortcuts.module.css';

const goTo: Record<string, string> = { p: '/', d: '/datasets', e: '/deployments', c: '/courses', a: '/account' };
/** How long a `g` waits for its second letter. */
const patienceMs = 1200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input, textarea, select, [role="combobox"]'));

/** A dialogue asks for something first; behind it no page may change. */
const isAsked = (): boolean => document.querySelector('[role="dialog"]') !== null;

/** `g` and a letter goes to a page, `u` uploads, `?` lists them. Silent while somebody types or is asked. */
export function Shortcuts() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const upload = useUpload();
  const [opened, setOpened] = useState(false);
  const [enabled] = useShortcutsEnabled();
  const goAt = useRef(0);
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (!enabled || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isAsked()) return;
    const path = goTo[event.key];
    if (event.key === '?') setOpened(true);
    else if (event.key === 'g') goAt.current = event.timeStamp;
    else if (path !== undefined && event.timeStamp - goAt.current < patienceMs) {
      goAt.current = 0;
      void navigate(path);
    } else if (event.key === 'u') upload.pick();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  const rows = [
    ['g p', t('nav.pipelines')],
    ['g d', t('nav.datasets')],
    ['g e', t('nav.deployments')],
    ['g c', t('nav.courses')],
    ['g a', t('shortcuts.account')],
    ['u', t('shortcuts.upload')],
    ['?', t('shortcuts.help')],
  ] as const;
  return (
    <Dialog opened={opened} onClose={() => setOpened(false)} title={t('shortcuts.title')} size="sm">
      <dl className={classes.list}>
        {rows.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>{meaning}</dt>
            <dd>
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
