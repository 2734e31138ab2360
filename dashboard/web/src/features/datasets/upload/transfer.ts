import { ApiError, networkError, parseFailure } from '@/shared/api/errors';
import { mutationHeaders, parseJson } from '@/shared/api/http';

/** How far a file came, from 0 to 1, and whether the line is lost and will be tried again. */
export interface Progress {
  share: number;
  waiting: boolean;
}

interface Transfer {
  method: 'POST' | 'PUT';
  url: string;
  headers?: Record<string, string>;
  body: Blob;
  /** Names what a POST creates, so that sending it twice creates once. */
  idempotencyKey?: string;
  onProgress: (sentBytes: number) => void;
  signal: AbortSignal;
}

/** A line on which nothing moves for so long is as good as cut. */
const standstillMs = 60_000;
/** Putting the parts of a large file together takes the server its time. */
const patienceMs = 600_000;

export const aborted = (): DOMException => new DOMException('Cancelled by the user', 'AbortError');

/** `fetch` does not tell how much of a body was sent, so uploads use XMLHttpRequest. */
export function transfer<T>({ method, url, headers, body, idempotencyKey, onProgress, signal }: Transfer): Promise<T> {
  const request = new XMLHttpRequest();
  let watch: ReturnType<typeof setTimeout> | undefined;
  const within = (ms: number): void => {
    clearTimeout(watch);
    watch = setTimeout(() => request.abort(), ms);
  };
  const stop = (): void => request.abort();
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted());
      return;
    }
    request.upload.onprogress = (event) => {
      within(standstillMs);
      onProgress(event.loaded);
    };
    request.upload.onload = () => within(patienceMs);
    request.onload = () => {
      const answer = parseJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer as T);
      else reject(parseFailure(request.status, answer));
    };
    request.onerror = () => reject(networkError());
    request.onabort = () => reject(signal.aborted ? aborted() : networkError());
    request.open(method, url);
    for (const [name, value] of Object.entries({
      ...mutationHeaders(idempotencyKey),
      ...headers,
    })) {
      request.setRequestHeader(name, value);
    }
    signal.addEventListener('abort', stop);
    within(standstillMs);
    request.send(body);
  }).finally(() => {
    clearTimeout(watch);
    signal.removeEventListener('abort', stop);
  });
}

/** What cut the line: a browser says the same when the file itself was changed on the disk meanwhile. */
export async function whyLost(error: unknown, file: File): Promise<unknown> {
  if (!(error instanceof ApiError) || error.status !== 0) return error;
  try {
    await file.slice(0, 1).arrayBuffer();
    return error;
  } catch {
    const message = 'The file was changed or cannot be read any more. Choose it again.';
    return new ApiError(0, { kind: 'invalid_input', code: 'file.changed', message });
  }
}
