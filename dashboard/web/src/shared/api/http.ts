import { currentLanguage } from '../i18n/current';
import { networkError, parseFailure } from './errors';
import { observeServerTime } from '../lib/serverClock';

export const apiBase = '/api/v1';

type Query = Record<string, string | number | null | undefined>;

interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  /** What is sent as it is, instead of a body in JSON. */
  text?: { type: string; content: string };
  signal?: AbortSignal;
  /** Names what the caller wants: a POST that creates, sent twice under one key, creates once. See `Intent`. */
  idempotencyKey?: string;
}

let csrfToken: string | null = null;

/** The token belongs to the session, so it is set whenever `/me` was read and cleared on sign-out. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** The headers that every mutation carries, also outside of `fetch` (uploads use XMLHttpRequest). */
export function mutationHeaders(idempotencyKey?: string): Record<string, string> {
  return {
    ...(csrfToken === null ? {} : { 'X-CSRF-Token': csrfToken }),
    ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
  };
}

export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** Calls an absolute path and gives its JSON, or throws an `ApiError`. */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const { method = 'GET', query, body, text, signal, idempotencyKey } = options;
  // Some names are made by the server: those of demo datasets, for one.
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': currentLanguage() };
  if (method !== 'GET') Object.assign(headers, mutationHeaders(idempotencyKey));
  if (text !== undefined) headers['Content-Type'] = text.type;
  else if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers,
      signal,
      credentials: 'same-origin',
      body: text?.content ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  } catch (error) {
    // An abandoned query is no failure: TanStack Query wants to see the abort itself.
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw networkError();
  }
  const date = response.headers.get('Date');
  if (date !== null) observeServerTime(date);
  const json = response.status === 204 ? null : parseJson(await response.text());
  if (!response.ok) throw parseFailure(response.status, json);
  return json as T;
}

/** The report as a page of its own, in the language of this one. */
export const reportUrl = (pipelineId: string, lang: string): string =>
  withQuery(`${apiBase}/pipelines/${pipelineId}/report`, { lang });

/** Calls a path of the versioned API. */
export const api = <T>(path: string, options?: Options): Promise<T> => call<T>(apiBase + path, options);
