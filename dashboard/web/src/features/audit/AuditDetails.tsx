import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '@/shared/api/types';
import { useSpeaker } from '@/shared/i18n/messages';
import { CodeBlock } from '@/shared/ui/CodeBlock';
import classes from './AuditPage.module.css';
import { changesOf, codeOf, restOf, type Change } from './details';

/** All that was noted of an entry, whole. */
export function AuditDetails({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('audit');
  const speaker = useSpeaker();
  const { details } = entry;
  const changes = changesOf(details);
  const code = codeOf(details);
  return (
    <div className={classes.details}>
      <dl className={classes.facts}>
        <dt>{t('details.resource')}</dt>
        <dd className="mono">{entry.resource}</dd>
        {entry.actor_id !== null && (
          <>
            <dt>{t('details.actor')}</dt>
            <dd className="mono">{entry.actor_id}</dd>
          </>
        )}
        {code !== null && (
          <>
            <dt>{t('details.reason')}</dt>
            <dd>{speaker.message({ code, params: details ?? {}, text: code })}</dd>
            {restOf(details).map(([name, value]) => (
              <Fragment key={name}>
                <dt className="mono">{name}</dt>
                <dd className="mono">{value}</dd>
              </Fragment>
            ))}
          </>
        )}
      </dl>
      {changes !== null ? (
        <Changes changes={changes} />
      ) : (
        details !== null &&
        code === null && <CodeBlock code={JSON.stringify(details, null, 2)} label={t('column.details')} />
      )}
    </div>
  );
}

function Changes({ changes }: { changes: Change[] }) {
  const { t } = useTranslation('audit');
  if (changes.length === 0) return null;
  const show = (text: string) => (text === '' ? '—' : text);
  return (
    <table className={`table ${classes.changes}`} aria-label={t('details.changes')}>
      <thead>
        <tr>
          <th scope="col">{t('details.field')}</th>
          <th scope="col">{t('details.before')}</th>
          <th scope="col">{t('details.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field} data-changed={before !== after}>
            <td className="mono muted">{field}</td>
            <td className="mono">{show(before)}</td>
            <td className="mono">{show(after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
