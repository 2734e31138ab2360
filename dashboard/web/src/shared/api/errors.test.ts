import { expect, test } from 'vitest';
import { hasFailed, networkError, parseFailure } from './errors';
import { withQuery } from './http';

test('the contract’s error is read, with its place', () => {
  const error = parseFailure(422, {
    error: { kind: 'invalid_input', code: 'pipeline.metric', message: 'No.', field: 'metric', details: { a: 1 } },
  });
  expect(error).toMatchObject({
    status: 422,
    code: 'pipeline.metric',
    failure: { field: 'metric', details: { a: 1 } },
  });
});

test('what is no answer of ours still becomes an error that can be said', () => {
  expect(parseFailure(502, null).code).toBe('http.502');
  expect(parseFailure(500, { error: 'text' }).code).toBe('http.500');
});

test('empty parameters stay out of the address', () => {
  expect(withQuery('/pipelines', { state: null, limit: 5, cursor: undefined })).toBe('/pipelines?limit=5');
  expect(withQuery('/pipelines')).toBe('/pipelines');
});

test('what is known stays on the page while the server is away, not when the thing is gone', () => {
  const error = networkError();
  expect(hasFailed({ isError: true, data: [1], error })).toBe(false);
  expect(hasFailed({ isError: true, data: undefined, error })).toBe(true);
  expect(hasFailed({ isError: true, data: [1], error: parseFailure(404, null) })).toBe(true);
  expect(hasFailed({ isError: true, data: [1], error: parseFailure(503, null) })).toBe(false);
  expect(hasFailed({ isError: false, data: undefined, error: null })).toBe(false);
});
