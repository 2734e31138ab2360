import { ApiError } from '@/shared/api/errors';
import { api, apiBase } from '@/shared/api/http';
import type { Dataset, Upload } from '@/shared/api/types';
import { randomId } from '@/shared/lib/randomId';
import { baseName } from './baseName';
import { Patience } from './patience';
import { aborted, transfer, whyLost, type Progress } from './transfer';

/** Parts are no smaller than this, and few enough that no limit on requests is met. */
const smallestPart = 8 * 1024 * 1024;
const mostParts = 100;

/** Uploads that were begun and have not ended: another try with the same file goes on with its own. */
const begun = new WeakMap<File, string>();

const path = (id: string): string => `/uploads/${id}`;

/** Sends a file in parts, in their order. After each break the server is asked how far it came. */
export async function sendParts(
  file: File,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  let arrived = 0;
  const patience = new Patience(signal, () => onProgress({ share: arrived / file.size, waiting: true }));
  // One key for all tries to begin: a begin whose answer was lost is not begun again.
  const key = randomId();
  let upload = await patience.insist(() => place(file, key, signal));
  for (;;) {
    const { dataset_id: made } = upload;
    if (made !== null) {
      // The answer to the last part was lost; the upload names its dataset for as long as it is kept.
      const dataset = await patience.insist(() => api<Dataset>(`/datasets/${made}`, { signal }));
      begun.delete(file);
      return dataset;
    }
    if (upload.received > arrived) patience.renew();
    arrived = upload.received;
    const [first, end] = nextPart(file, upload);
    const tell = (sent: number): void => onProgress({ share: Math.min(end, first + sent) / file.size, waiting: false });
    try {
      const answer = await sendPart(file, upload.id, first, end, tell, signal);
      if (!isUpload(answer)) {
        begun.delete(file);
        return answer;
      }
      upload = answer;
    } catch (thrown) {
      const error = await whyLost(thrown, file);
      if (!isGone(error)) await patience.after(error);
      const there: Upload | ApiError = await patience.insist(() => look(upload.id, signal));
      if (there instanceof ApiError) {
        // It was left alone for days. That is said, and another try begins anew.
        begun.delete(file);
        throw there;
      }
      upload = there;
    }
  }
}

/** Gives up what was sent of a file, if anything was. */
export function abandon(file: File): void {
  const id = begun.get(file);
  if (id === undefined) return;
  begun.delete(file);
  // What cannot be removed now the server sweeps away after two days.
  api<null>(path(id), { method: 'DELETE' }).catch(() => undefined);
}

/** Where to begin: where this file's earlier upload ended, else at a new one. */
async function place(file: File, key: string, signal: AbortSignal): Promise<Upload> {
  const id = begun.get(file);
  const earlier = id === undefined ? null : await look(id, signal);
  if (earlier !== null && !(earlier instanceof ApiError)) return earlier;
  const body = { file_name: file.name, bytes: file.size, name: baseName(file.name) };
  // Not stopped by the signal: an upload whose id never came could not be removed.
  const upload = await api<Upload>('/uploads', { method: 'POST', body, idempotencyKey: key });
  begun.set(file, upload.id);
  if (signal.aborted) {
    abandon(file);
    throw aborted();
  }
  return upload;
}

/** How far the upload came, or the error that says that it is gone. */
async function look(id: string, signal: AbortSignal): Promise<Upload | ApiError> {
  try {
    return await api<Upload>(path(id), { signal });
  } catch (error) {
    if (isGone(error)) return error;
    throw error;
  }
}

/**
 * The bytes to send next, from the first up to the end. When all of them have arrived and only the
 * answer was lost, the last one is sent again: it makes the server complete the upload.
 */
function nextPart(file: File, { received, part_bytes: largest }: Upload): [number, number] {
  const first = Math.min(received, file.size - 1);
  const size = Math.min(largest, Math.max(smallestPart, Math.ceil(file.size / mostParts)));
  return [first, Math.min(file.size, first + size)];
}

function sendPart(
  file: File,
  id: string,
  first: number,
  end: number,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<Upload | Dataset> {
  onProgress(0);
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Content-Range': `bytes ${first}-${end - 1}/${file.size}`,
  };
  return transfer({
    method: 'PUT',
    url: apiBase + path(id),
    headers,
    body: file.slice(first, end),
    onProgress,
    signal,
  });
}

const isUpload = (answer: Upload | Dataset): answer is Upload => 'received' in answer;

const isGone = (error: unknown): error is ApiError => error instanceof ApiError && error.code === 'upload.not_found';
