import { apiBase } from '@/shared/api/http';
import type { Dataset } from '@/shared/api/types';
import { baseName } from './baseName';
import { abandon, sendParts } from './sendParts';
import { transfer, whyLost, type Progress } from './transfer';

export interface Sending {
  done: Promise<Dataset>;
  /** Gives the upload up: the server forgets what it has of it. */
  cancel: () => void;
}

/** Larger files go in parts: what has arrived need not be sent again after a break. */
const partsFrom = 8 * 1024 * 1024;

export function sendFile(file: File, onProgress: (progress: Progress) => void): Sending {
  const stop = new AbortController();
  const send = file.size > partsFrom ? sendParts : sendWhole;
  return {
    done: send(file, onProgress, stop.signal),
    cancel: () => {
      stop.abort();
      abandon(file);
    },
  };
}

async function sendWhole(file: File, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<Dataset> {
  const body = new FormData();
  // Fields before the file: a server that streams the body knows the name when the bytes begin.
  body.set('name', baseName(file.name));
  body.set('file', file, file.name);
  // The form's own lines make the body a little longer than the file.
  const tell = (sent: number): void =>
    onProgress({ share: Math.min(1, sent / Math.max(1, file.size)), waiting: false });
  try {
    return await transfer<Dataset>({ method: 'POST', url: `${apiBase}/datasets`, body, onProgress: tell, signal });
  } catch (error) {
    throw await whyLost(error, file);
  }
}
