import { createContext, useContext } from 'react';

export interface Upload {
  /** Sends a file and goes to its page. */
  start: (file: File) => void;
  /** Opens the system's file dialogue. */
  pick: () => void;
}

export const UploadContext = createContext<Upload | null>(null);

export function useUpload(): Upload {
  const upload = useContext(UploadContext);
  if (upload === null) throw new Error('useUpload stands below UploadProvider.');
  return upload;
}

export const acceptedFiles = '.csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.gz,.zst';
