import type { ApiFailure } from './types';

/** What an API call threw: the contract's error object with its HTTP status. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly failure: ApiFailure,
  ) {
    super(failure.message);
    this.name = 'ApiError';
  }

  get code(): string {
    return this.failure.code;
  }
}

/** The server never answered, or what answered was not our gateway. */
export const networkError = (): ApiError =>
  new ApiError(0, { kind: 'unavailable', code: 'network', message: 'The server did not answer.' });

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Reads the error out of an answer's body; a proxy's HTML page becomes an error with the status as its code. */
export function parseFailure(status: number, body: unknown): ApiError {
  const error = isRecord(body) ? body.error : undefined;
  if (isRecord(error) && typeof error.code === 'string' && typeof error.message === 'string') {
    return new ApiError(status, {
      kind: typeof error.kind === 'string' ? error.kind : 'internal',
      code: error.code,
      message: error.message,
      field: typeof error.field === 'string' ? error.field : null,
      details: isRecord(error.details) ? error.details : null,
    });
  }
  return new ApiError(status, { kind: 'internal', code: `http.${status}`, message: `The server answered ${status}.` });
}

/**
 * Whether a query has nothing to show but its error. While the server is away, what it said before
 * stays on the page; that a thing is gone or closed to us is an answer.
 */
export const hasFailed = ({ isError, data, error }: { isError: boolean; data: unknown; error: unknown }): boolean =>
  isError && (data === undefined || (error instanceof ApiError && error.status >= 400 && error.status < 500));

export const asApiError = (error: unknown): ApiError => (error instanceof ApiError ? error : networkError());
