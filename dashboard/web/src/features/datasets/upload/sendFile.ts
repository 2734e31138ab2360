import { apiBase } from '@/shared/api/http';
import { Intent } from '@/shared/api/intent';
import type { Dataset } from '@/shared/api/types';
import { baseName } from './baseName';
import { formOf } from './form';
import { abandon, sendParts } from './sendParts';
import { transfer, whyLost, type Progress } from './transfer';

export interface Sending {
  done: Promise<Dataset>;
  /** Gives the upload up: the server forgets what it has of it. */
  cancel: () => void;
}

/** Larger files go in parts: what has arrived need not be sent again after a break. */
const partsFrom = 8 * 1024 * 1024;

/** A file that is sent again because its answer was lost is the same wish, not a second dataset. */
const intents = new WeakMap<File, Intent>();

function intentOf(file: File): Intent {
  const intent = intents.get(file) ?? new Intent();
  intents.set(file, intent);
  return intent;
}

/** Sends a file: a new dataset, or a new version of one. */
export function sendFile(file: File, into: string | null, onProgress: (progress: Progress) => void): Sending {
  const stop = new AbortController();
  const { signal } = stop;
  const send = (): Promise<Dataset> => {
    // A version keeps its dataset's name, and goes whole: what the server takes in parts becomes a dataset.
    if (into !== null) return sendWhole(file, `/datasets/${into}/versions`, {}, onProgress, signal);
    if (file.size > partsFrom) return sendParts(file, onProgress, signal);
    return sendWhole(file, '/datasets', { name: baseName(file.name) }, onProgress, signal);
  };
  return {
    done: send(),
    cancel: () => {
      stop.abort();
      abandon(file);
    },
  };
}

async function sendWhole(
  file: File,
  path: string,
  words: Record<string, string>,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  // The form's own lines make the body a little longer than the file.
  const tell = (sent: number): void =>
    onProgress({ share: Math.min(1, sent / Math.max(1, file.size)), waiting: false });
  try {
    return await intentOf(file).run(path, (idempotencyKey) =>
      transfer<Dataset>({
        method: 'POST',
        url: apiBase + path,
        ...formOf(file, words),
        idempotencyKey,
        onProgress: tell,
        signal,
      }),
    );
  } catch (error) {
    throw await whyLost(error, file);
  }
}
