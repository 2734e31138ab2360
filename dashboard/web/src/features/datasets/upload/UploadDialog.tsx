import { Button, Group, Stack, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/shared/api/errors';
import { useFormat } from '@/shared/format/useFormat';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/Notice';
import { ProgressBar } from '@/shared/ui/ProgressBar';
import { RowsTable } from '../RowsTable';
import { mayPass } from './patience';
import type { UploadState } from './UploadProvider';

interface Props {
  state: UploadState;
  onClose: () => void;
  onRetry: () => void;
  onPick: () => void;
}

/** Who asks and when can change; a file that is refused for what it holds stays refused. */
const changing: ReadonlySet<number> = new Set([401, 403, 404, 409, 425]);

/** Without a status the file itself has changed: every other break of the line may pass. */
const isRefused = (error: unknown): boolean =>
  error instanceof ApiError && !mayPass(error) && error.status < 500 && !changing.has(error.status);

const shownRows = 8;

export function UploadDialog({ state, onClose, onRetry, onPick }: Props) {
  const { t } = useTranslation(['datasets', 'common']);
  const format = useFormat();
  const { file, into, preview, progress, error } = state;
  const share = format.percent(progress.share);
  const words = progress.waiting
    ? t('upload.waiting', { share })
    : progress.share < 1
      ? t('upload.sending', { share })
      : t('upload.checking');
  // Each percent would talk over everything else; the bar has its number for whoever asks.
  const said = progress.waiting ? t('upload.lost') : progress.share < 1 ? '' : words;
  return (
    <Dialog
      opened
      onClose={onClose}
      title={into === null ? file.name : t('versions.sending', { file: file.name, name: into.name })}
      size="xl"
      // A press beside the dialog must not throw away an hour of sending.
      closeOnClickOutside={error !== null}
    >
      <Stack gap="md">
        {error === null ? (
          <div>
            <Group justify="space-between" mb={6} fz="sm">
              <span aria-hidden={said !== ''}>{words}</span>
              <VisuallyHidden role="status">{said}</VisuallyHidden>
              <span className="muted tnum">{format.bytes(file.size)}</span>
            </Group>
            <ProgressBar value={progress.share} tone="run" label={t('upload.progress', { name: file.name })} />
          </div>
        ) : (
          <ErrorNotice error={error} />
        )}
        {preview === null ? (
          error === null && <p className="muted">{t('upload.noPreview')}</p>
        ) : (
          <RowsTable columns={preview.columns} rows={preview.rows.slice(0, shownRows)} label={t('upload.firstRows')} />
        )}
        <Group justify="flex-end" gap="xs">
          {error !== null &&
            (isRefused(error) ? (
              <Button onClick={onPick}>{t('upload.another')}</Button>
            ) : (
              <Button onClick={onRetry}>{t('common:action.retry')}</Button>
            ))}
          <Button variant="default" onClick={onClose}>
            {t(error === null ? 'upload.cancel' : 'common:action.close')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
