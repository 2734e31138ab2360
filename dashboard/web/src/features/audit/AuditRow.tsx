import { ActionIcon } from '@mantine/core';
import { IconBan, IconCheck, IconChevronDown } from '@tabler/icons-react';
import { Fragment, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AuditEntry } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { Chip } from '@/shared/ui/Chip';
import { AuditDetails } from './AuditDetails';
import classes from './AuditPage.module.css';
import { actionOf, partsOf, shortId } from './words';

/** One line, and below it on demand how it was before and after, or why it was refused. */
export function AuditRow({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('audit');
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const id = useId();
  const action = actionOf(entry.action);
  const when = format.dateTime(entry.at);
  const words = action === null ? entry.action : t(`action.${action}`);
  return (
    <>
      <tr className={open ? classes.open : undefined} data-testid="audit-row">
        <td className={classes.time}>
          <time dateTime={entry.at}>{when}</time>
        </td>
        <td>{entry.actor_name ?? <span className="muted">{t('nobody')}</span>}</td>
        <td>{words}</td>
        <td className={classes.resource}>
          <Resource resource={entry.resource} />
        </td>
        <td>
          {entry.outcome === 'done' ? (
            <Chip tone="ok" icon={<IconCheck size={13} aria-hidden />}>
              {t('outcome.done')}
            </Chip>
          ) : (
            <Chip tone="bad" icon={<IconBan size={13} aria-hidden />}>
              {t('outcome.refused')}
            </Chip>
          )}
        </td>
        <td className="mono muted">{entry.address ?? '—'}</td>
        <td className="num">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-expanded={open}
            aria-controls={open ? id : undefined}
            aria-label={t('detailsOf', { action: words, when })}
            onClick={() => setOpen(!open)}
          >
            <IconChevronDown size={16} className={classes.chevron} data-open={open} />
          </ActionIcon>
        </td>
      </tr>
      {open && (
        <tr id={id}>
          <td colSpan={7}>
            <AuditDetails entry={entry} />
          </td>
        </tr>
      )}
    </>
  );
}

function Resource({ resource }: { resource: string }) {
  const { t } = useTranslation('audit');
  const parts = partsOf(resource);
  if (parts === null) return <span className="mono">{resource}</span>;
  return parts.map(({ noun, id, to }, index) => (
    <Fragment key={noun}>
      {index > 0 && <span className="muted"> · </span>}
      {t(`noun.${noun}`)}
      {id !== null && ' '}
      {id !== null && (
        <span className="mono" title={id}>
          {to === null ? (
            shortId(id)
          ) : (
            <Link className="link" to={to}>
              {shortId(id)}
            </Link>
          )}
        </span>
      )}
    </Fragment>
  ));
}
