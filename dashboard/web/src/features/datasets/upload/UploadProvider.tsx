import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Dataset } from '@/shared/api/types';
import { keepDataset } from '../api';
import { localPreview, type LocalPreview } from './localPreview';
import { sendFile, type Sending } from './sendFile';
import type { Progress } from './transfer';
import { acceptedFiles, UploadContext } from './UploadContext';
import { UploadDialog } from './UploadDialog';
import { WindowDrop } from './WindowDrop';

export interface UploadState {
  file: File;
  /** The dataset that gets a new version; null for a new dataset. */
  into: Dataset | null;
  preview: LocalPreview | null;
  progress: Progress;
  error: unknown;
}

const atStart: Progress = { share: 0, waiting: false };

/** One upload at a time, started from any page; it goes on while the dialog shows the first rows. */
export function UploadProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation('datasets');
  const client = useQueryClient();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const target = useRef<Dataset | null>(null);
  const sending = useRef<Sending | null>(null);
  const [state, setState] = useState<UploadState | null>(null);
  const [expected, setExpected] = useState<Dataset | null>(null);

  const send = useCallback(
    (file: File, into: Dataset | null) => {
      setState({ file, into, preview: null, progress: atStart, error: null });
      // Only the newest upload may change what is shown.
      const update = (part: Partial<UploadState>): void =>
        setState((now) => (now?.file === file ? { ...now, ...part } : now));
      localPreview(file).then(
        (preview) => update({ preview }),
        () => undefined,
      );
      const current = sendFile(file, into?.id ?? null, (progress) => update({ progress }));
      sending.current = current;
      current.done.then(
        (dataset) => {
          keepDataset(client, dataset);
          setState((now) => (now?.file === file ? null : now));
          void navigate(`/datasets/${dataset.id}`);
        },
        (error: unknown) => update({ error }),
      );
    },
    [client, navigate],
  );

  const start = useCallback(
    (file: File, into: Dataset | null) => {
      sending.current?.cancel();
      send(file, into);
    },
    [send],
  );

  const close = (): void => {
    sending.current?.cancel();
    setState(null);
  };

  const pick = useCallback((into: Dataset | null = null) => {
    target.current = into;
    input.current?.click();
  }, []);
  const expectDrop = useCallback((into: Dataset) => {
    setExpected(into);
    return () => setExpected((now) => (now === into ? null : now));
  }, []);
  const value = useMemo(() => ({ pick, expectDrop }), [pick, expectDrop]);
  // A file that is dropped on the dialogue goes where the one before it went.
  const dropInto = state === null ? expected : state.into;
  return (
    <UploadContext value={value}>
      {children}
      <input
        ref={input}
        type="file"
        hidden
        tabIndex={-1}
        aria-label={t('upload.pick')}
        data-testid="file-input"
        accept={acceptedFiles}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          // The same file may be chosen again after it was mended.
          event.currentTarget.value = '';
          if (file !== undefined) start(file, target.current);
        }}
      />
      <WindowDrop
        into={dropInto}
        busy={state !== null && state.error === null}
        onFile={(file) => start(file, dropInto)}
      />
      {state !== null && (
        <UploadDialog
          state={state}
          onClose={close}
          onRetry={() => send(state.file, state.into)}
          onPick={() => pick(state.into)}
        />
      )}
    </UploadContext>
  );
}
