import { createContext, useContext } from 'react';
import type { Dataset } from '@/shared/api/types';

export interface Upload {
  /** Opens the system's file dialogue, sends the file and goes to its page; a new version of `into`, if given. */
  pick: (into?: Dataset) => void;
  /** From now on a file that is dropped anywhere is a new version of `into`; gives what ends this. */
  expectDrop: (into: Dataset) => () => void;
}

export const UploadContext = createContext<Upload | null>(null);

export function useUpload(): Upload {
  const upload = useContext(UploadContext);
  if (upload === null) throw new Error('useUpload stands below UploadProvider.');
  return upload;
}

export const acceptedFiles = '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.gz,.zst';
