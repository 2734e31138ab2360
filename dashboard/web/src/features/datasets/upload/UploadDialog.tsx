import { Button, Group, Modal, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { ErrorNotice } from '@/shared/ui/Notice';
import { ProgressBar } from '@/shared/ui/ProgressBar';
import { RowsTable } from '../RowsTable';
import type { UploadState } from './UploadProvider';

interface Props {
  state: UploadState;
  onClose: () => void;
  onRetry: () => void;
}

const shownRows = 8;

export function UploadDialog({ state, onClose, onRetry }: Props) {
  const { t } = useTranslation(['datasets', 'common']);
  const format = useFormat();
  const { file, preview, progress, error } = state;
  const words = progress < 1 ? t('upload.sending', { share: format.percent(progress) }) : t('upload.checking');
  return (
    <Modal
      opened
      onClose={onClose}
      title={file.name}
      size="xl"
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <Stack gap="md">
        {error === null ? (
          <div>
            <Group justify="space-between" mb={6} fz="sm">
              <span role="status">{words}</span>
              <span className="muted tnum">{format.bytes(file.size)}</span>
            </Group>
            <ProgressBar value={progress} state="running" label={t('upload.progress', { name: file.name })} />
          </div>
        ) : (
          <ErrorNotice error={error} />
        )}
        {preview === null ? (
          <p className="muted">{t('upload.noPreview')}</p>
        ) : (
          <RowsTable columns={preview.columns} rows={preview.rows.slice(0, shownRows)} label={t('upload.firstRows')} />
        )}
        <Group justify="flex-end" gap="xs">
          {error !== null && <Button onClick={onRetry}>{t('common:action.retry')}</Button>}
          <Button variant="default" onClick={onClose}>
            {t(error === null ? 'upload.cancel' : 'common:action.close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
