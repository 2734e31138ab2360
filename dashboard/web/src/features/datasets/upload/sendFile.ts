import { networkError, parseFailure } from '@/shared/api/errors';
import { apiBase, mutationHeaders, parseJson } from '@/shared/api/http';
import type { Dataset } from '@/shared/api/types';

export interface Sending {
  done: Promise<Dataset>;
  cancel: () => void;
}

/** `fetch` does not tell how much of a body was sent, so uploads use XMLHttpRequest. */
export function sendFile(file: File, onProgress: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Dataset>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parseJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as Dataset);
      else reject(parseFailure(request.status, body));
    };
    request.onerror = () => reject(networkError());
    request.onabort = () => reject(new DOMException('Cancelled by the user', 'AbortError'));
  });
  const form = new FormData();
  // Fields before the file: a server that streams the body knows the name when the bytes begin.
  form.set('name', baseName(file.name));
  form.set('file', file, file.name);
  request.open('POST', `${apiBase}/datasets`);
  for (const [name, value] of Object.entries(mutationHeaders(true))) request.setRequestHeader(name, value);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

/** `penguins.csv.gz` → `penguins` */
export const baseName = (fileName: string): string =>
  fileName.replace(/\.(gz|zst)$/i, '').replace(/\.(csv|tsv|txt|json|ndjson|jsonl|parquet)$/i, '') || fileName;
