import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Dataset } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useNow } from '@/shared/lib/useNow';
import { StateChip } from '@/shared/ui/StateChip';

export function DatasetTable({ datasets }: { datasets: Dataset[] }) {
  const { t } = useTranslation('datasets');
  const format = useFormat();
  const now = useNow(true, 30_000);
  const count = (value: number | null): string => (value === null ? '—' : format.integer(value));
  return (
    <div className="scroll-x">
      <table className="table" aria-label={t('list.title')}>
        <thead>
          <tr>
            <th scope="col">{t('list.name')}</th>
            <th scope="col">{t('list.state')}</th>
            <th scope="col" className="num">
              {t('list.rows')}
            </th>
            <th scope="col" className="num">
              {t('list.columns')}
            </th>
            <th scope="col" className="num">
              {t('list.size')}
            </th>
            <th scope="col">{t('list.format')}</th>
            <th scope="col">{t('list.created')}</th>
          </tr>
        </thead>
        <tbody>
          {datasets.map((dataset) => (
            <tr key={dataset.id} className="row-link">
              <td>
                <Link to={`/datasets/${dataset.id}`} className="row-target">
                  {dataset.name}
                </Link>
              </td>
              <td>
                <StateChip state={dataset.state} />
              </td>
              <td className="num">{count(dataset.rows)}</td>
              <td className="num">{count(dataset.columns)}</td>
              <td className="num">{format.bytes(dataset.bytes)}</td>
              <td className="muted">{dataset.format === null ? '—' : dataset.format.toUpperCase()}</td>
              <td className="muted">
                <time dateTime={dataset.created_at} title={format.dateTime(dataset.created_at)}>
                  {format.relative(dataset.created_at, now)}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
