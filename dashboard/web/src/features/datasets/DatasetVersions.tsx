import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasFailed } from '@/shared/api/errors';
import type { Dataset, DatasetVersion } from '@/shared/api/types';
import { useFormat } from '@/shared/format/useFormat';
import { useSpeaker } from '@/shared/i18n/messages';
import { LoadMore } from '@/shared/ui/LoadMore';
import { ErrorNotice, Notice } from '@/shared/ui/Notice';
import { Panel } from '@/shared/ui/Panel';
import { RowsSkeleton } from '@/shared/ui/RowsSkeleton';
import { StateChip } from '@/shared/ui/StateChip';
import { versionsQuery } from './api';

/** A newer file that is being read, or cannot be: the dataset goes on as it is. */
export function NewestVersion({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation('datasets');
  const speaker = useSpeaker();
  const { newest, version } = dataset;
  if (newest === null) return null;
  const { error, file_name: file } = newest;
  if (error === null) return <Notice>{t('versions.reading', { file, version })}</Notice>;
  return (
    <Notice tone="warn" title={t('versions.failed', { file })}>
      <div>{speaker.failure(error)}</div>
      <div>{t('versions.goesOn', { version })}</div>
    </Notice>
  );
}

/** Every file that was uploaded, newest first. A single one needs no list. */
export function DatasetVersions({ dataset }: { dataset: Dataset }) {
  const several = (dataset.newest?.version ?? dataset.version) > 1;
  return several ? <Versions dataset={dataset} /> : null;
}

function Versions({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation('datasets');
  const list = useInfiniteQuery(versionsQuery(dataset.id));
  const versions = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel flush title={t('versions.title')} hint={t('versions.hint')}>
      {list.isPending ? (
        <RowsSkeleton rows={2} />
      ) : hasFailed(list) ? (
        <ErrorNotice error={list.error} retry={list.refetch} />
      ) : (
        <>
          <div className="scroll-x">
            <table className="table" aria-label={t('versions.title')}>
              <thead>
                <tr>
                  <th scope="col">{t('versions.version')}</th>
                  <th scope="col">{t('versions.file')}</th>
                  <th scope="col">{t('list.state')}</th>
                  <th scope="col" className="num">
                    {t('list.rows')}
                  </th>
                  <th scope="col" className="num">
                    {t('list.size')}
                  </th>
                  <th scope="col">{t('list.created')}</th>
                </tr>
              </thead>
              <tbody>
                {versions.map((version) => (
                  <Line key={version.version} version={version} used={version.version === dataset.version} />
                ))}
              </tbody>
            </table>
          </div>
          <LoadMore {...list} />
        </>
      )}
    </Panel>
  );
}

function Line({ version, used }: { version: DatasetVersion; used: boolean }) {
  const { t } = useTranslation('datasets');
  const format = useFormat();
  const speaker = useSpeaker();
  return (
    <tr data-testid="dataset-version">
      <td>
        <strong>v{version.version}</strong>
        {used && <span className="muted"> · {t('versions.used')}</span>}
      </td>
      <td>{version.file_name}</td>
      <td>
        <StateChip state={version.state} />
        {version.error !== null && <div className="muted">{speaker.failure(version.error)}</div>}
      </td>
      <td className="num">{version.rows === null ? '—' : format.integer(version.rows)}</td>
      <td className="num">{format.bytes(version.bytes)}</td>
      <td className="muted">{format.dateTime(version.created_at)}</td>
    </tr>
  );
}
