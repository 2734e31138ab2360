import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '@/shared/api/types';
import { AuditRow } from './AuditRow';

export function AuditTable({ entries }: { entries: AuditEntry[] }) {
  const { t } = useTranslation('audit');
  return (
    <div className="scroll-x">
      <table className="table one-line" aria-label={t('title')}>
        <thead>
          <tr>
            <th scope="col">{t('column.at')}</th>
            <th scope="col">{t('column.actor')}</th>
            <th scope="col">{t('column.action')}</th>
            <th scope="col">{t('column.resource')}</th>
            <th scope="col">{t('column.outcome')}</th>
            <th scope="col">{t('column.address')}</th>
            <th scope="col">
              <span className="visually-hidden">{t('column.details')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
